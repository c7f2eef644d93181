#include "nginx/shared/shared_zone.h"

#include "nginx/configuration_error.h"

#include "base/quote.h"

namespace auth {

namespace {

/// Warns at a reload that a zone of another size loses its contents.
void warn_of_new_size(ngx_conf_t* cf, const ngx_str_t& name,
                      const zone_wish& wish)
{
    const ngx_list_t& old = cf->cycle->old_cycle->shared_memory;
    for (const ngx_list_part_t* part = &old.part;
         part != nullptr && part->elts != nullptr; part = part->next) {
        const auto* zones = static_cast<ngx_shm_zone_t*>(part->elts);
        for (ngx_uint_t i = 0; i < part->nelts; ++i) {
            if (view(zones[i].shm.name) == view(name) &&
                zones[i].shm.size != wish.size && !wish.loses.empty()) {
                ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                              "auth: zone \"%V\" gets a new size, %*s", &name,
                              wish.loses.size(), wish.loses.data());
            }
        }
    }
}

} // namespace

void declare_zone(ngx_conf_t* cf, const zone_wish& wish)
{
    ngx_str_t name = copy(cf->pool, wish.name);
    // Each kind has another tag. After a reload the sessions of a realm may
    // have the name that the attempts of another realm had, and must not take
    // them over.
    ngx_shm_zone_t* zone = ngx_shared_memory_add(
        cf, &name, wish.size, reinterpret_cast<void*>(wish.init));
    if (zone == nullptr || zone->data != nullptr) {
        throw configuration_error("zone " + in_quotes(wish.name) +
                                  " is declared twice, give one of the auth "
                                  "realms another name");
    }
    warn_of_new_size(cf, name, wish);
    zone->init = wish.init;
    zone->data = wish.data;
}

void* take_rest_of_zone(ngx_slab_pool_t* zone, std::string_view log_context,
                        std::size_t& size) noexcept
{
    zone->log_ctx =
        static_cast<u_char*>(ngx_slab_alloc(zone, log_context.size() + 1));
    if (zone->log_ctx == nullptr) {
        return nullptr;
    }
    ngx_memcpy(zone->log_ctx, log_context.data(), log_context.size());
    zone->log_ctx[log_context.size()] = '\0';

    // All remaining pages are one free block.
    size = zone->pfree * ngx_pagesize;
    return size == 0 ? nullptr : ngx_slab_alloc(zone, size);
}

} // namespace auth
