#include "nginx/shared/attempt_zone.h"

#include "nginx/realm.h"

#include "base/machine_time.h"
#include "base/random_bytes.h"

namespace auth {

namespace {

/// Who is told to come again in an hour may come when the machine has been
/// suspended for that hour.
std::uint64_t attempt_time() noexcept
{
    return static_cast<std::uint64_t>(steady_milliseconds());
}

} // namespace

/// The beginning of the zone. The table is behind it.
struct attempt_zone::contents {
    device_secret secret;
};

attempt_zone* attempt_zone::add(ngx_conf_t* cf, realm& owner)
{
    auto* zone = pool_new<attempt_zone>(cf->pool, owner);
    declare_zone(cf, {"auth_" + std::string(view(owner.name)) + "_attempts",
                      owner.attempt_zone_size, initialize, zone,
                      "failed attempts are counted from none"});
    return zone;
}

ngx_int_t attempt_zone::initialize(ngx_shm_zone_t* zone, void* data) noexcept
{
    auto* self = static_cast<attempt_zone*>(zone->data);
    self->slab_ = reinterpret_cast<ngx_slab_pool_t*>(zone->shm.addr);
    if (data != nullptr) {
        // A reload: the old workers still use the table, so only look.
        self->contents_ = static_cast<attempt_zone*>(data)->contents_;
        self->table_ = attempt_table::attach(self->table_memory());
        return NGX_OK;
    }
    if (!self->format(zone)) {
        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0,
                      "auth: zone \"%V\" is too small, raise attempt_zone",
                      &zone->shm.name);
        return NGX_ERROR;
    }
    return NGX_OK;
}

bool attempt_zone::format(ngx_shm_zone_t* zone) noexcept
{
    std::size_t size = 0;
    contents_ = static_cast<contents*>(
        take_rest_of_zone(slab_, " in auth attempt zone", size));
    if (contents_ == nullptr || size <= sizeof(contents) ||
        attempt_table::capacity_for(size - sizeof(contents)) == 0) {
        return false;
    }
    attempt_table_key key;
    if (!fill_random(key.data(), key.size()) ||
        !fill_random(contents_->secret.data(), contents_->secret.size())) {
        return false;
    }
    // The table wants zeros, and nginx has just mapped the zone.
    table_ =
        attempt_table::format(table_memory(), size - sizeof(contents), key);
    ngx_log_error(NGX_LOG_NOTICE, zone->shm.log, 0,
                  "auth: zone \"%V\" holds %uD counters", &zone->shm.name,
                  table_.capacity());
    return true;
}

void* attempt_zone::table_memory() const noexcept
{
    static_assert(sizeof(contents) % 8 == 0);
    return contents_ + 1;
}

attempt_verdict attempt_zone::reserve(const login_attempt& attempt) noexcept
{
    const zone_lock lock(slab_);
    return table_.reserve(attempt, realm_->attempts, attempt_time());
}

attempt_verdict
attempt_zone::reserve(const registration_attempt& attempt) noexcept
{
    const zone_lock lock(slab_);
    return table_.reserve(attempt, realm_->attempts, attempt_time());
}

void attempt_zone::succeed(attempt_reservation& reservation) noexcept
{
    const zone_lock lock(slab_);
    table_.succeed(reservation);
}

void attempt_zone::give_back(attempt_reservation& reservation) noexcept
{
    const zone_lock lock(slab_);
    table_.give_back(reservation);
}

device_realm attempt_zone::devices() const noexcept
{
    const std::vector<device_secret>& own = realm_->device_secrets;
    return own.empty()
               ? device_realm{view(realm_->name), &contents_->secret, 1}
               : device_realm{view(realm_->name), own.data(), own.size()};
}

} // namespace auth
