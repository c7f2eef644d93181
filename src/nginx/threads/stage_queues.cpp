#include "nginx/threads/stage_queues.h"

#include <string>

namespace auth {

namespace {

/// After a restart everybody's session has to be looked up.
constexpr std::uint32_t look_ups_waiting = 256;

std::size_t zone_size(ngx_uint_t hashes, ngx_uint_t waiters)
{
    // nginx's slab allocator needs eight pages and keeps some of them.
    return ngx_align(fair_queue::required_size(hashes, waiters), ngx_pagesize) +
           8 * ngx_pagesize;
}

} // namespace

void stage_queues::declare_shared(ngx_conf_t* cf)
{
    // The name contains the limits, so that a reload with other limits gets a
    // new zone. The old workers keep the old zone while they finish.
    declare_zone(cf, {"auth " + std::to_string(hashes_) + " hashes, " +
                          std::to_string(waiters_) + " waiting",
                      zone_size(hashes_, waiters_), initialize, this, ""});
}

ngx_int_t stage_queues::initialize(ngx_shm_zone_t* zone, void* data) noexcept
{
    auto* self = static_cast<stage_queues*>(zone->data);
    self->zone_ = reinterpret_cast<ngx_slab_pool_t*>(zone->shm.addr);
    if (data != nullptr) {
        self->shared_memory_ = static_cast<stage_queues*>(data)->shared_memory_;
        self->shared_ = fair_queue::attach(self->shared_memory_);
        return NGX_OK;
    }
    self->shared_memory_ = ngx_slab_calloc(
        self->zone_, fair_queue::required_size(self->hashes_, self->waiters_));
    if (self->shared_memory_ == nullptr) {
        return NGX_ERROR;
    }
    self->shared_ = fair_queue::format(
        self->shared_memory_, static_cast<std::uint32_t>(self->hashes_),
        static_cast<std::uint32_t>(self->waiters_));
    return NGX_OK;
}

void stage_queues::start_worker()
{
    worker_ = process_of(ngx_pid);
    store_calls_.make(store_calls_at_once,
                      static_cast<std::uint32_t>(waiters_));
    look_ups_.make(look_ups_at_once, look_ups_waiting);
}

void stage_queues::own_queue::make(std::uint32_t permits, std::uint32_t waiters)
{
    const std::size_t size = fair_queue::required_size(permits, waiters);
    memory.resize(size / sizeof(std::uint64_t) + 1);
    queue = fair_queue::format(memory.data(), permits, waiters);
}

} // namespace auth
