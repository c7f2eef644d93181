#pragma once

#include "nginx/ngx.h"
#include "nginx/realm.h"

#include "throttle/fair_queue.h"

#include <memory>
#include <optional>
#include <vector>

namespace auth {

class async_operation;

/// Lets operations into the thread pool in fair turns, so that waiting costs
/// no thread: password hashes by permits that all workers of this nginx share
/// (zone `auth …`), store calls by eight permits of this worker.
///
/// One for each cycle; used in the event loop only.
class turnstile
{
public:
    /// Declares the shared zone for `hashes` at once and `waiters` places.
    static turnstile* add(ngx_conf_t* cf, ngx_uint_t hashes,
                          ngx_uint_t waiters);

    /// Makes this worker's own queue.
    void start_worker(ngx_cycle_t* cycle);

    /// Asks for a turn for the operation's next stage: it is posted to its
    /// threads now or later, or told that there is no place.
    void request(async_operation& one) noexcept;

    /// Gives back the turn or the place that the operation holds.
    void give_back(async_operation& one) noexcept;

    /// Posts those whose turn has come, ends those that were turned away.
    void admit() noexcept;

    /// Logs that somebody was turned away: as a warning once a second.
    void warn_of_queue(ngx_log_t* log, const realm& of) noexcept;

private:
    turnstile(ngx_uint_t hashes, ngx_uint_t waiters) noexcept;
    template <class T, class... Arguments>
    friend T* pool_new(ngx_pool_t* pool, Arguments&&... arguments);

    static ngx_int_t initialize(ngx_shm_zone_t* zone, void* data) noexcept;
    static void on_timer(ngx_event_t* event) noexcept;
    fair_queue& queue_of(const async_operation& one) noexcept;
    fair_queue::turn enter(async_operation& one) noexcept;
    void decide(async_operation& one, ngx_queue_t* granted) noexcept;

    ngx_uint_t hashes_;
    ngx_uint_t waiters_;
    ngx_slab_pool_t* zone_ = nullptr;
    void* zone_memory_ = nullptr;
    std::optional<fair_queue> hash_turns_;

    process_id worker_{}; ///< this one
    std::vector<std::uint64_t> store_memory_;
    std::optional<fair_queue> store_turns_;
    ngx_queue_t waiting_; ///< async_operation::place
    ngx_event_t timer_;
    ngx_msec_t reaped_ = 0;
    ngx_msec_t warned_ = 0;
};

} // namespace auth
