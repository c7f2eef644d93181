#include "nginx/threads/scheduler.h"

#include "nginx/log.h"
#include "nginx/threads/thread_task.h"

#include <iterator>

namespace auth {

namespace {

/// How often a worker looks whether another worker has given a permit back. It
/// passes its own permits on at once.
constexpr ngx_msec_t look_again_ms = 5;
constexpr ngx_msec_t reap_ms = 1000;

/// How long an operation waits for a turn at most. A store call is short, so a
/// request that waits so long for a turn waits for a store that hangs.
ngx_msec_t longest_wait(operation::stage stage) noexcept
{
    return stage == operation::stage::hash ? 10000 : 3000;
}

/// What counts a stage that a thread has run.
shared_stopwatch& stopwatch_of(service_counters& counters,
                               operation::stage stage) noexcept
{
    switch (stage) {
    case operation::stage::hash:
        return counters.hashes;
    case operation::stage::look_up:
        return counters.store_calls[store_work::look_up];
    default:
        return counters.store_calls[store_work::account];
    }
}

} // namespace

/// An operation that is under way.
struct scheduler::entry final : thread_task {
    entry(scheduler& by, observer& listener, std::unique_ptr<operation> given,
          const realm& whose, std::uint64_t address) noexcept
        : owner(by), told(listener), work(std::move(given)), where(whose),
          prefix(address)
    {}

    void run() override
    {
        if (stage == operation::stage::hash) {
            owner.hash_threads_.lower_priority();
        }
        work->run();
    }
    void returned(bool threw) noexcept override
    {
        stopwatch_of(*where.counters, stage).add(took());
        owner.returned(*this, threw);
    }

    /// Of the stage whose turn has come.
    ngx_thread_pool_t* pool() const noexcept
    {
        return stage == operation::stage::hash ? owner.hash_threads_.pool()
                                               : where.threads;
    }

    scheduler& owner;
    observer& told;
    std::unique_ptr<operation> work;
    const realm& where; ///< whose store it calls
    std::uint64_t prefix;

    std::list<entry>::iterator place; ///< in waiting_ or running_
    bool waits = false;               ///< in waiting_
    bool cancelled = false;

    // Of the stage that it waits for, or that runs.
    operation::stage stage = operation::stage::done;
    fair_queue::ticket ticket{};
    ngx_msec_t entered = 0;
};

scheduler::scheduler(ngx_uint_t hashes, ngx_uint_t waiters) noexcept
    : hashes_(hashes), queues_(hashes, waiters)
{}

scheduler::~scheduler() = default;

void scheduler::declare(ngx_conf_t* cf)
{
    queues_.declare_shared(cf);
    hash_threads_.declare(cf, hashes_);
}

void scheduler::start_worker(ngx_cycle_t* cycle)
{
    queues_.start_worker();
    hash_threads_.start_worker();
    timer_.handler = on_timer;
    timer_.data = this;
    timer_.log = cycle->log;
}

void scheduler::stop_worker() noexcept
{
    background_.clear();
    waiting_.clear();
    running_.clear();
}

void scheduler::start(observer& told, std::unique_ptr<operation> work,
                      const realm& where, std::uint64_t prefix)
{
    entry& added =
        running_.emplace_back(*this, told, std::move(work), where, prefix);
    added.place = std::prev(running_.end());
    advance(added);
}

/// Asks for a turn for the next stage, if there is a stage. The entry is in
/// running_.
void scheduler::advance(entry& current) noexcept
{
    current.stage = current.work->next();
    if (current.stage == operation::stage::done) {
        end(current, ending::done);
        return;
    }
    current.entered = ngx_current_msec;
    const fair_queue::turn turn = [&] {
        const zone_lock lock = queues_.lock();
        return queues_.enter(current.stage, current.prefix, current.ticket);
    }();
    switch (turn) {
    case fair_queue::turn::granted:
        post(current);
        return;
    case fair_queue::turn::turned_away:
        end(current, ending::busy);
        return;
    case fair_queue::turn::waiting:
        current.waits = true;
        waiting_.splice(waiting_.end(), running_, current.place);
        if (!timer_.timer_set) {
            ngx_add_timer(&timer_, look_again_ms);
        }
        return;
    }
}

/// Posts the stage whose turn has come. The entry is in running_.
void scheduler::post(entry& ready) noexcept
{
    if (ready.post(ready.pool())) {
        ready.told.stage_begun();
    } else {
        give_back(ready);
        end(ready, ending::busy);
    }
}

void scheduler::returned(entry& current, bool threw) noexcept
{
    current.told.stage_ended();
    give_back(current);
    if (current.cancelled) {
        end(current, ending::cancelled);
    } else if (threw) {
        end(current, ending::failed);
    } else {
        advance(current);
    }
    admit();
}

/// Gives back the permit or the place in a queue.
void scheduler::give_back(entry& current) noexcept
{
    const zone_lock lock = queues_.lock();
    queues_.leave(current.stage, current.ticket);
}

void scheduler::end(entry& current, ending how) noexcept
{
    std::list<entry> ended; // destroys it at the end
    ended.splice(ended.end(), current.waits ? waiting_ : running_,
                 current.place);
    current.told.over(how, std::move(current.work));
}

void scheduler::cancel(const observer& told) noexcept
{
    for (entry& current : waiting_) {
        if (&current.told == &told) {
            give_back(current);
            end(current, ending::cancelled);
            return;
        }
    }
    for (entry& current : running_) {
        if (&current.told == &told) {
            current.cancelled = true;
            return;
        }
    }
}

/// Posts the entries whose turn has come, ends those that are turned away.
void scheduler::admit() noexcept
{
    if (waiting_.empty()) {
        return;
    }
    std::list<entry> granted;
    std::list<entry> refused;
    {
        const zone_lock lock = queues_.lock(); // once for all
        for (auto next = waiting_.begin(); next != waiting_.end();) {
            entry& current = *next++;
            const fair_queue::turn turn = decide(current);
            if (turn != fair_queue::turn::waiting) {
                std::list<entry>& to =
                    turn == fair_queue::turn::granted ? granted : refused;
                to.splice(to.end(), waiting_, current.place);
                current.waits = false;
            }
        }
    }
    // Outside the lock: a post that fails gives its turn back.
    while (!granted.empty()) {
        entry& current = granted.front();
        running_.splice(running_.end(), granted, current.place);
        post(current);
    }
    for (entry& current : refused) {
        current.told.over(ending::busy, std::move(current.work));
    }
}

/// What has become of a waiting entry. The caller holds the lock.
fair_queue::turn scheduler::decide(const entry& waiter) noexcept
{
    const fair_queue::turn turn = queues_.poll(waiter.stage, waiter.ticket);
    const auto waited =
        static_cast<ngx_msec_int_t>(ngx_current_msec - waiter.entered);
    if (turn == fair_queue::turn::waiting &&
        waited > static_cast<ngx_msec_int_t>(longest_wait(waiter.stage))) {
        queues_.leave(waiter.stage, waiter.ticket);
        return fair_queue::turn::turned_away;
    }
    return turn;
}

void scheduler::on_timer(ngx_event_t* event) noexcept
{
    auto* self = static_cast<scheduler*>(event->data);
    if (ngx_current_msec - self->reaped_ > reap_ms) {
        self->reaped_ = ngx_current_msec;
        const zone_lock lock = self->queues_.lock();
        self->queues_.reap();
    }
    self->admit();
    if (!self->waiting_.empty() && !self->timer_.timer_set) {
        ngx_add_timer(&self->timer_, look_again_ms);
    }
}

fair_queue::load scheduler::hash_load() noexcept
{
    const zone_lock lock = queues_.lock();
    queues_.reap(); // those that have died do not hash
    return queues_.hash_load();
}

void scheduler::warn_of_queue(ngx_log_t* log, const realm& owner) noexcept
{
    const bool again = warned_ != 0 && ngx_current_msec - warned_ < 1000;
    if (!again) {
        warned_ = ngx_current_msec;
    }
    log_line(log, again ? NGX_LOG_INFO : NGX_LOG_WARN, owner,
             "a login or registration was turned away, too many wait: see "
             "password_concurrency");
}

} // namespace auth
