#pragma once

#include "nginx/ngx.h"
#include "nginx/realm.h"
#include "nginx/threads/background_queue.h"
#include "nginx/threads/hash_threads.h"
#include "nginx/threads/stage_queues.h"

#include "account/operation.h"

#include <list>
#include <memory>

namespace auth {

/// Everything that this module does in nginx's threads begins here.
///
/// The scheduler owns the operations of requests while they are under way, and
/// alone knows how far each is. An operation waits for the turn of its next
/// stage in a fair queue, without a thread; the stage runs in a thread; then
/// the next one waits for its turn. Hashes run in threads of their own
/// (hash_threads.h). Background work is posted at once.
///
/// There is one scheduler for each cycle. It is used in the event loop only.
class scheduler
{
public:
    enum class ending {
        done,     ///< the operation has its outcome
        busy,     ///< no place in a queue, or it has waited too long
        failed,   ///< a stage has thrown; the log says what
        cancelled ///< by cancel()
    };

    /// Learns what becomes of an operation, in the event loop.
    class observer
    {
    public:
        /// A thread runs a stage. The observer must live until stage_ended().
        virtual void stage_begun() noexcept = 0;
        virtual void stage_ended() noexcept = 0;
        /// The last call; it gives the operation back. It may destroy the
        /// observer.
        virtual void over(ending how,
                          std::unique_ptr<operation> work) noexcept = 0;

    protected:
        ~observer() = default;
    };

    /// The threads of a pool in which operations and background work call
    /// stores: for each that may do so at once, one.
    static constexpr ngx_uint_t store_threads =
        stage_queues::store_calls_at_once + stage_queues::look_ups_at_once +
        background_queue::at_once;

    /// `hashes` is how many password hashes run at once, `waiters` how many
    /// operations may wait in each queue.
    scheduler(ngx_uint_t hashes, ngx_uint_t waiters) noexcept;
    scheduler(const scheduler&) = delete;
    scheduler& operator=(const scheduler&) = delete;
    ~scheduler();

    /// Declares the zone of shared memory and the threads for hashes. Throws
    /// configuration_error and std::bad_alloc.
    void declare(ngx_conf_t* cf);

    /// Call it when a worker begins. Makes the worker's own parts. Throws
    /// std::bad_alloc.
    void start_worker(ngx_cycle_t* cycle);
    /// Call it when a worker ends and nginx has drained its threads. Destroys
    /// all work.
    void stop_worker() noexcept;

    /// Starts an operation whose store calls run in the threads of a realm, for
    /// a client with this address prefix (throttle/address_prefix.h). It may be
    /// over before start() returns. Throws std::bad_alloc.
    void start(observer& told, std::unique_ptr<operation> work,
               const realm& where, std::uint64_t prefix);

    /// Ends the observer's operation, if it is under way. If it waits for a
    /// turn, it is over at once; if a stage runs, it is over after that stage.
    void cancel(const observer& told) noexcept;

    /// Queues background work for the threads of a realm: see
    /// background_queue.h.
    bool post(const realm& where,
              std::unique_ptr<background_work> work) noexcept
    {
        return background_.post(where, std::move(work));
    }

    /// The same for work that cannot wait until the queue is empty.
    bool post_first(const realm& where,
                    std::unique_ptr<background_work> work) noexcept
    {
        return background_.post_first(where, std::move(work));
    }

    /// How many password hashes run in this nginx, and how many wait.
    fair_queue::load hash_load() noexcept;

    /// Logs that an operation was turned away, once a second as a warning.
    void warn_of_queue(ngx_log_t* log, const realm& owner) noexcept;

private:
    struct entry;

    static void on_timer(ngx_event_t* event) noexcept;
    void advance(entry& current) noexcept;
    void post(entry& ready) noexcept;
    void returned(entry& current, bool threw) noexcept;
    void give_back(entry& current) noexcept;
    void end(entry& current, ending how) noexcept;
    void admit() noexcept;
    fair_queue::turn decide(const entry& waiter) noexcept;

    ngx_uint_t hashes_;
    stage_queues queues_;
    hash_threads hash_threads_;
    background_queue background_;
    std::list<entry> waiting_; ///< for a turn, in the order of arrival
    std::list<entry> running_; ///< in a thread
    ngx_event_t timer_{};
    ngx_msec_t reaped_ = 0;
    ngx_msec_t warned_ = 0;
};

} // namespace auth
