#pragma once

#include "nginx/shared/shared_zone.h"

#include "account/operation.h"
#include "throttle/fair_queue.h"

#include <optional>
#include <vector>

namespace auth {

/// The fair queues in which operations wait for a turn. Password hashes wait
/// for permits that all workers of this nginx share (zone `auth …`), store
/// calls and look-ups of sessions wait for permits of this worker.
class stage_queues
{
public:
    // In a worker:
    static constexpr std::uint32_t store_calls_at_once = 8;
    static constexpr std::uint32_t look_ups_at_once = 4;

    /// `hashes` is how many hashes run at once, `waiters` how many operations
    /// may wait in each queue.
    stage_queues(ngx_uint_t hashes, ngx_uint_t waiters) noexcept
        : hashes_(hashes), waiters_(waiters)
    {}
    stage_queues(const stage_queues&) = delete;
    stage_queues& operator=(const stage_queues&) = delete;
    ~stage_queues() = default;

    /// Declares the shared zone, which keeps a pointer to this object. Throws
    /// configuration_error.
    void declare_shared(ngx_conf_t* cf);
    /// Makes this worker's own queues. Throws std::bad_alloc.
    void start_worker();

    /// The lock of all queues; all functions below need it.
    zone_lock lock() const noexcept { return zone_lock(zone_); }

    fair_queue::turn enter(operation::stage stage, std::uint64_t prefix,
                           fair_queue::ticket& ticket) noexcept
    {
        return queue_of(stage).enter(prefix, worker_, ticket);
    }
    fair_queue::turn poll(operation::stage stage,
                          fair_queue::ticket ticket) noexcept
    {
        return queue_of(stage).poll(ticket);
    }
    void leave(operation::stage stage, fair_queue::ticket ticket) noexcept
    {
        queue_of(stage).leave(ticket);
    }
    /// Frees the permits and places of workers that have died.
    void reap() noexcept { shared_->reap(lives); }
    fair_queue::load hash_load() const noexcept { return shared_->now(); }

private:
    static ngx_int_t initialize(ngx_shm_zone_t* zone, void* data) noexcept;

    /// A queue of this worker.
    struct own_queue {
        void make(std::uint32_t permits, std::uint32_t waiters);

        std::vector<std::uint64_t> memory;
        std::optional<fair_queue> queue;
    };

    fair_queue& queue_of(operation::stage stage) noexcept
    {
        switch (stage) {
        case operation::stage::hash:
            return *shared_;
        case operation::stage::look_up:
            return *look_ups_.queue;
        default:
            return *store_calls_.queue;
        }
    }

    ngx_uint_t hashes_;
    ngx_uint_t waiters_;
    ngx_slab_pool_t* zone_ = nullptr;
    void* shared_memory_ = nullptr;
    std::optional<fair_queue> shared_; ///< for hashes

    process_id worker_{}; ///< this one
    own_queue store_calls_;
    own_queue look_ups_;
};

} // namespace auth
