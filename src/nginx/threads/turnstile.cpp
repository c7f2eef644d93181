#include "nginx/threads/turnstile.h"

#include "nginx/log.h"
#include "nginx/shared/shared_zone.h"
#include "nginx/threads/async_operation.h"

namespace auth {

namespace {

constexpr ngx_uint_t store_calls_at_once = 8;

/// How often a worker looks whether a permit of another worker came free.
/// Permits that come free in the worker itself are passed on at once.
constexpr ngx_msec_t look_again_ms = 5;
constexpr ngx_msec_t reap_ms = 1000;

/// No answer takes longer than this for want of a turn. A store call is short,
/// so who waits for one that long waits for a store that hangs.
ngx_msec_t longest_wait(operation::stage stage) noexcept
{
    return stage == operation::stage::hash ? 10000 : 3000;
}

std::size_t zone_size(ngx_uint_t hashes, ngx_uint_t waiters)
{
    // nginx's slab allocator wants eight pages and keeps a few for itself.
    return ngx_align(fair_queue::required_size(hashes, waiters), ngx_pagesize) +
           8 * ngx_pagesize;
}

} // namespace

turnstile::turnstile(ngx_uint_t hashes, ngx_uint_t waiters) noexcept
    : hashes_(hashes), waiters_(waiters)
{
    ngx_queue_init(&waiting_);
    ngx_memzero(&timer_, sizeof(timer_));
}

turnstile* turnstile::add(ngx_conf_t* cf, ngx_uint_t hashes, ngx_uint_t waiters)
{
    // The name holds the limits, so that a reload with other limits gets a
    // zone of its own: the old workers keep theirs while they finish.
    auto* made = pool_new<turnstile>(cf->pool, hashes, waiters);
    declare_zone(cf, {"auth " + std::to_string(hashes) + " hashes, " +
                          std::to_string(waiters) + " waiting",
                      zone_size(hashes, waiters), initialize, made, ""});
    return made;
}

ngx_int_t turnstile::initialize(ngx_shm_zone_t* zone, void* data) noexcept
{
    auto* self = static_cast<turnstile*>(zone->data);
    self->zone_ = reinterpret_cast<ngx_slab_pool_t*>(zone->shm.addr);
    if (data != nullptr) {
        self->zone_memory_ = static_cast<turnstile*>(data)->zone_memory_;
        self->hash_turns_ = fair_queue::attach(self->zone_memory_);
        return NGX_OK;
    }
    self->zone_memory_ = ngx_slab_calloc(
        self->zone_, fair_queue::required_size(self->hashes_, self->waiters_));
    if (self->zone_memory_ == nullptr) {
        return NGX_ERROR;
    }
    self->hash_turns_ = fair_queue::format(
        self->zone_memory_, static_cast<std::uint32_t>(self->hashes_),
        static_cast<std::uint32_t>(self->waiters_));
    return NGX_OK;
}

void turnstile::start_worker(ngx_cycle_t* cycle)
{
    worker_ = process_of(ngx_pid);
    const auto waiters = static_cast<std::uint32_t>(waiters_);
    const std::size_t size =
        fair_queue::required_size(store_calls_at_once, waiters);
    store_memory_.resize(size / sizeof(std::uint64_t) + 1);
    store_turns_ =
        fair_queue::format(store_memory_.data(), store_calls_at_once, waiters);
    timer_.handler = on_timer;
    timer_.data = this;
    timer_.log = cycle->log;
}

fair_queue& turnstile::queue_of(const async_operation& one) noexcept
{
    return one.stage_ == operation::stage::hash ? *hash_turns_ : *store_turns_;
}

fair_queue::turn turnstile::enter(async_operation& one) noexcept
{
    const zone_lock lock(zone_);
    return queue_of(one).enter(one.prefix_, worker_, one.ticket_);
}

void turnstile::request(async_operation& one) noexcept
{
    one.stage_ = one.work_->next();
    one.entered_ = ngx_current_msec;
    switch (enter(one)) {
    case fair_queue::turn::granted:
        one.post();
        return;
    case fair_queue::turn::turned_away:
        one.end(async_operation::ending::busy);
        return;
    case fair_queue::turn::waiting:
        one.state_ = async_operation::state::waiting;
        ngx_queue_insert_tail(&waiting_, &one.place_.link);
        if (!timer_.timer_set) {
            ngx_add_timer(&timer_, look_again_ms);
        }
        return;
    }
}

void turnstile::give_back(async_operation& one) noexcept
{
    if (one.state_ == async_operation::state::waiting) {
        ngx_queue_remove(&one.place_.link);
    }
    one.state_ = async_operation::state::idle;
    const zone_lock lock(zone_);
    queue_of(one).leave(one.ticket_);
}

void turnstile::admit() noexcept
{
    if (ngx_queue_empty(&waiting_)) {
        return;
    }
    ngx_queue_t granted;
    ngx_queue_init(&granted);
    {
        const zone_lock lock(zone_); // once for all
        for (ngx_queue_t* link = ngx_queue_head(&waiting_);
             link != ngx_queue_sentinel(&waiting_);) {
            async_operation& one = *async_operation::from_link(link);
            link = ngx_queue_next(link);
            decide(one, &granted);
        }
    }
    // Outside the lock: a post that fails gives its turn back.
    while (!ngx_queue_empty(&granted)) {
        async_operation& one =
            *async_operation::from_link(ngx_queue_head(&granted));
        ngx_queue_remove(&one.place_.link);
        one.post();
    }
}

/// Moves a waiting operation to those that are granted, ends it, or leaves it
/// where it is.
void turnstile::decide(async_operation& one, ngx_queue_t* granted) noexcept
{
    fair_queue& queue = queue_of(one);
    fair_queue::turn turn = queue.poll(one.ticket_);
    const auto waited =
        static_cast<ngx_msec_int_t>(ngx_current_msec - one.entered_);
    if (turn == fair_queue::turn::waiting &&
        waited > static_cast<ngx_msec_int_t>(longest_wait(one.stage_))) {
        queue.leave(one.ticket_);
        turn = fair_queue::turn::turned_away;
    }
    if (turn == fair_queue::turn::waiting) {
        return;
    }
    ngx_queue_remove(&one.place_.link);
    one.state_ = async_operation::state::idle;
    if (turn == fair_queue::turn::granted) {
        ngx_queue_insert_tail(granted, &one.place_.link);
    } else {
        one.end(async_operation::ending::busy);
    }
}

void turnstile::warn_of_queue(ngx_log_t* log, const realm& of) noexcept
{
    const bool again = warned_ != 0 && ngx_current_msec - warned_ < 1000;
    if (!again) {
        warned_ = ngx_current_msec;
    }
    log_line(log, again ? NGX_LOG_INFO : NGX_LOG_WARN, of,
             "a login or registration was turned away, too many wait: see "
             "password_concurrency");
}

void turnstile::on_timer(ngx_event_t* event) noexcept
{
    auto* self = static_cast<turnstile*>(event->data);
    if (ngx_current_msec - self->reaped_ > reap_ms) {
        self->reaped_ = ngx_current_msec;
        const zone_lock lock(self->zone_);
        self->hash_turns_->reap(lives);
    }
    self->admit();
    if (!ngx_queue_empty(&self->waiting_) && !self->timer_.timer_set) {
        ngx_add_timer(&self->timer_, look_again_ms);
    }
}

} // namespace auth
