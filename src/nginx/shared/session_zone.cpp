#include "nginx/shared/session_zone.h"

#include "nginx/log.h"
#include "nginx/realm.h"
#include "nginx/shared/session_zone_contents.h"

#include "base/random_bytes.h"

#include <algorithm>

namespace auth {

session_zone* session_zone::add(ngx_conf_t* cf, realm& owner, preparation first)
{
    auto* zone = pool_new<session_zone>(cf->pool, owner, cf->cycle, first);
    declare_zone(cf, {"auth_" + std::string(view(owner.name)), owner.zone_size,
                      initialize, zone,
                      owner.limits.is_cache ? "" : "all its sessions end"});
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
        self->use(static_cast<session_zone*>(data)->contents_);
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
    void* const beginning = ngx_slab_alloc(slab_, sizeof(contents));
    if (beginning == nullptr) {
        return false;
    }
    use(new (beginning) contents{store_sync(zone_time())});
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

void session_zone::use(contents* beginning) noexcept
{
    contents_ = beginning;
    realm_->counters = &beginning->counters;
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
    const std::uint64_t now = loop_time();
    const zone_lock lock(slab_);
    const bool found =
        !is_stale_at(now) &&
        repaired().find(digest, secure, realm_->limits, now, who);
    contents_->counters
        .zone_answers[found ? zone_answer::hit : zone_answer::miss]
        .add();
    return found;
}

std::uint64_t session_zone::loop_time() noexcept
{
    if (loop_ms_ != ngx_current_msec) {
        loop_ms_ = ngx_current_msec;
        loop_time_ = zone_time();
    }
    return loop_time_;
}

bool session_zone::is_stale_at(std::uint64_t now_ms) const noexcept
{
    return realm_->limits.is_cache &&
           contents_->sync.unread_ms(now_ms) > realm_->stale_ms;
}

bool session_zone::is_stale() noexcept
{
    const zone_lock lock(slab_);
    return is_stale_at(zone_time());
}

std::uint64_t session_zone::endings() noexcept
{
    const zone_lock lock(slab_);
    return repaired().endings();
}

bool session_zone::has_ended_since(std::uint64_t endings,
                                   const session_digest& digest) noexcept
{
    const zone_lock lock(slab_);
    return repaired().has_ended_since(endings, digest);
}

session_insert session_zone::adopt(const session_found& found,
                                   const session_identity& who) noexcept
{
    const zone_lock lock(slab_);
    return repaired().adopt(found, who, realm_->limits, zone_time());
}

void session_zone::keep_ended(const session_digest& digest,
                              ngx_log_t* log) noexcept
{
    const bool is_kept = [&] {
        const zone_lock lock(slab_);
        return repaired().keep_ended(digest);
    }();
    if (!is_kept) {
        log_line(log, NGX_LOG_ERR, *realm_,
                 "a session that has ended may come back: too many have ended "
                 "since the store was last reached");
    }
}

bool session_zone::is_kept_ended(const session_digest& digest) noexcept
{
    const zone_lock lock(slab_);
    return repaired().is_kept_ended(digest);
}

void session_zone::forget_ended(const session_digest& digest) noexcept
{
    const zone_lock lock(slab_);
    repaired().forget_ended(digest);
}

session_insert session_zone::insert(const session_digest& digest,
                                    const session_identity& who,
                                    bool secure) noexcept
{
    const zone_lock lock(slab_);
    return repaired().insert(digest, who, secure, realm_->limits, zone_time());
}

bool session_zone::remove(const session_digest& digest,
                          session_identity* who) noexcept
{
    const zone_lock lock(slab_);
    return repaired().remove(digest, who);
}

std::vector<session_digest> session_zone::take_due(std::string_view user_id)
{
    std::vector<session_digest> due(most_due);
    {
        const zone_lock lock(slab_);
        due.resize(repaired().copy_due(user_id, realm_->limits, zone_time(),
                                       due.data(), due.size()));
    }
    return due;
}

void session_zone::forget_check(
    std::string_view user_id,
    const std::vector<session_digest>& sessions) noexcept
{
    const zone_lock lock(slab_);
    repaired().forget_check(user_id, sessions.data(), sessions.size(),
                            realm_->limits, zone_time());
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

token_verdict session_zone::verify(std::string_view token,
                                   token_hour& hour) noexcept
{
    if (realm_->session_keys.empty()) {
        return verify_session_token(key(), token, hour);
    }
    token_verdict verdict = token_verdict::forged;
    for (const token_key& each : realm_->session_keys) {
        verdict = verify_session_token(each, token, hour);
        if (verdict != token_verdict::forged) {
            break;
        }
    }
    return verdict;
}

session_zone::condition session_zone::now() noexcept
{
    const std::uint64_t now = zone_time();
    const zone_lock lock(slab_);
    const session_table& table = repaired();
    condition is{table.live_sessions(), table.capacity(), 0, 0,
                 table.ended_count()};
    is.unread_ms = contents_->sync.unread_ms(now);
    is.stale_ms = is.unread_ms - std::min(is.unread_ms, realm_->stale_ms);
    return is;
}

token_key session_zone::key() noexcept
{
    if (!realm_->session_keys.empty()) {
        return realm_->session_keys.front();
    }
    const zone_lock lock(slab_);
    return repaired().key();
}

} // namespace auth
