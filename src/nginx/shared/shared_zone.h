#pragma once

#include "nginx/ngx.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace auth {

/// Holds the lock of a shared memory zone while it lives.
class zone_lock
{
public:
    explicit zone_lock(ngx_slab_pool_t* zone) noexcept : zone_(zone)
    {
        ngx_shmtx_lock(&zone_->mutex);
    }
    ~zone_lock() { ngx_shmtx_unlock(&zone_->mutex); }
    zone_lock(const zone_lock&) = delete;
    zone_lock& operator=(const zone_lock&) = delete;

private:
    ngx_slab_pool_t* zone_;
};

/// A zone of shared memory that a configuration wants.
struct zone_wish {
    std::string name;
    std::size_t size;
    ngx_shm_zone_init_pt init; ///< as nginx calls it: when it is mapped, with
                               ///< the old `data` if it was there before
    void* data;
    std::string_view
        loses; ///< what a new size loses, for a warning; empty: nothing
};

/// Declares the zone. Throws configuration_error.
void declare_zone(ngx_conf_t* cf, const zone_wish& wish);

/// The rest of a new zone as one block, which begins at a page, and its size.
/// Null if nothing is left. `log_context` is for nginx's own lines about the
/// zone.
void* take_rest_of_zone(ngx_slab_pool_t* zone, std::string_view log_context,
                        std::size_t& size) noexcept;

} // namespace auth
