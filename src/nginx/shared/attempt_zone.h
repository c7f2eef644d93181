#pragma once

#include "nginx/shared/shared_zone.h"

#include "throttle/attempt_table.h"
#include "throttle/device_token.h"

#include <vector>

namespace auth {

class realm;

/// The zone `auth_NAME_attempts`, which has a realm's counters of failed
/// attempts. All workers share it, and it survives a reload. Every function
/// holds the zone's lock while it runs.
class attempt_zone
{
public:
    /// Declares the zone of a realm; nginx maps it later.
    static attempt_zone* add(ngx_conf_t* cf, realm& owner);

    /// See attempt_table. A time is nginx's own monotonic one.
    attempt_verdict reserve(const login_attempt& attempt) noexcept;
    attempt_verdict reserve(const registration_attempt& attempt) noexcept;
    void succeed(attempt_reservation& reservation) noexcept;
    void give_back(attempt_reservation& reservation) noexcept;

    /// The realm for device_token.h: with the realm's secrets, or with a secret
    /// that lives as long as the zone.
    device_realm devices() const noexcept;

private:
    struct contents;

    explicit attempt_zone(realm& owner) noexcept : realm_(&owner) {}
    template <class T, class... Arguments>
    friend T* pool_new(ngx_pool_t* pool, Arguments&&... arguments);

    static ngx_int_t initialize(ngx_shm_zone_t* zone, void* data) noexcept;
    bool format(ngx_shm_zone_t* zone) noexcept;
    void* table_memory() const noexcept;

    realm* realm_;
    ngx_slab_pool_t* slab_ = nullptr;
    contents* contents_ = nullptr;
    attempt_table table_;
};

} // namespace auth
