#include "nginx/wiped_pool.h"

#include "store/secret.h"

#include <malloc.h>

namespace auth {

namespace {

/// Frees the large allocations, too: nginx has their list in the memory that
/// is wiped here. But not the entry of this very cleanup, which nginx looks at
/// once more: with NGX_DEBUG_PALLOC it is an allocation like any other.
void wipe_pool(void* data) noexcept
{
    auto* pool = static_cast<ngx_pool_t*>(data);
    ngx_pool_cleanup_t* self = pool->cleanup;
    while (self->handler != wipe_pool) {
        self = self->next;
    }
    ngx_pool_large_t* kept = nullptr;
    for (ngx_pool_large_t* large = pool->large; large != nullptr;
         large = large->next) {
        if (large->alloc == self) {
            kept = large;
        } else if (large->alloc != nullptr) {
            // nginx has not kept its size.
            wipe_memory(large->alloc, malloc_usable_size(large->alloc));
            ngx_free(large->alloc);
        }
    }
    pool->large = nullptr;
    pool->log = ngx_cycle->log; // its own, a connection's, may be in the pool

    for (ngx_pool_t* block = pool; block != nullptr; block = block->d.next) {
        auto* begin =
            reinterpret_cast<u_char*>(block) +
            (block == pool ? sizeof(ngx_pool_t) : sizeof(ngx_pool_data_t));
        wipe_memory(begin, static_cast<std::size_t>(block->d.end - begin));
    }
    if (kept != nullptr) {
        *kept = {nullptr, self};
        pool->large = kept;
    }
}

} // namespace

void wipe_at_end(ngx_pool_t* pool)
{
    // Cleanups run from the newest to the oldest, so this one goes behind all
    // that are there already.
    ngx_pool_cleanup_t** last = &pool->cleanup;
    while (*last != nullptr) {
        if ((*last)->handler == wipe_pool) {
            return;
        }
        last = &(*last)->next;
    }
    auto* cleanup = static_cast<ngx_pool_cleanup_t*>(
        ngx_palloc(pool, sizeof(ngx_pool_cleanup_t)));
    if (cleanup == nullptr) {
        throw std::bad_alloc();
    }
    *cleanup = {wipe_pool, pool, nullptr};
    *last = cleanup;
}

} // namespace auth
