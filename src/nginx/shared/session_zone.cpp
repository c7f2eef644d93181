#include "nginx/shared/session_zone.h"

#include "nginx/realm.h"

#include "base/random_bytes.h"

namespace auth {

session_zone* session_zone::add(ngx_conf_t* cf, realm& owner, preparation first)
{
    auto* zone = pool_new<session_zone>(cf->pool, owner, cf->cycle, first);
    declare_zone(cf, {"auth_" + std::string(view(owner.name)), owner.zone_size,
                      initialize, zone, "all its sessions end"});
    return zone;
}

ngx_int_t session_zone::initialize(ngx_shm_zone_t* zone, void* data) noexcept
{
    auto* self = static_cast<session_zone*>(zone->data);
    if (!self->first_(self->cycle_, *self->realm_)) {
        return NGX_ERROR;
    }
    self->slab_ = reinterpret_cast<ngx_slab_pool_t*>(zone->shm.addr);
    if (data != nullptr) {
        // A reload: the old workers still use the table, so only look.
        self->memory_ = static_cast<session_zone*>(data)->memory_;
        self->table_ = session_table::attach(self->memory_);
        return NGX_OK;
    }
    if (!self->format(zone)) {
        ngx_log_error(NGX_LOG_EMERG, zone->shm.log, 0,
                      "auth: zone \"%V\" is too small, raise session_zone",
                      &zone->shm.name);
        return NGX_ERROR;
    }
    return NGX_OK;
}

bool session_zone::format(ngx_shm_zone_t* zone) noexcept
{
    std::size_t size = 0;
    memory_ = take_rest_of_zone(slab_, " in auth session zone", size);
    if (memory_ == nullptr || session_table::capacity_for(size) == 0) {
        return false;
    }
    table_ = session_table::format(memory_, size);
    token_key key;
    if (!fill_random(key.data(), key.size())) {
        return false;
    }
    table_->set_key(key);
    ngx_log_error(NGX_LOG_NOTICE, zone->shm.log, 0,
                  "auth: zone \"%V\" holds %uD sessions", &zone->shm.name,
                  table_->capacity());
    return true;
}

session_table& session_zone::repaired() noexcept
{
    if (table_->recover_if_needed()) {
        ngx_log_error(NGX_LOG_WARN, ngx_cycle->log, 0,
                      "auth: session zone of realm \"%V\" was rebuilt after a "
                      "process died while it wrote, %uD sessions are live",
                      &realm_->name, table_->live_sessions());
    }
    return *table_;
}

bool session_zone::find(const session_digest& digest, bool secure,
                        session_identity& who) noexcept
{
    const zone_lock lock(slab_);
    return repaired().find(digest, secure, realm_->limits, ngx_current_msec,
                           who);
}

session_insert session_zone::insert(const session_digest& digest,
                                    const session_identity& who,
                                    bool secure) noexcept
{
    const zone_lock lock(slab_);
    return repaired().insert(digest, who, secure, realm_->limits,
                             ngx_current_msec);
}

bool session_zone::remove(const session_digest& digest) noexcept
{
    const zone_lock lock(slab_);
    return repaired().remove(digest);
}

session_update session_zone::update_user(const session_identity& seen,
                                         const session_identity& now) noexcept
{
    const zone_lock lock(slab_);
    return repaired().update_user(seen, now);
}

std::uint32_t session_zone::remove_user(std::string_view user_id) noexcept
{
    const zone_lock lock(slab_);
    return repaired().remove_user(user_id);
}

std::uint32_t session_zone::raise_epoch(std::string_view user_id,
                                        std::int64_t epoch) noexcept
{
    const zone_lock lock(slab_);
    return repaired().raise_epoch(user_id, epoch);
}

token_key session_zone::key() noexcept
{
    if (realm_->session_key) {
        return *realm_->session_key;
    }
    const zone_lock lock(slab_);
    return repaired().key();
}

} // namespace auth
