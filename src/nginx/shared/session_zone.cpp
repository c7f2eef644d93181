#include "nginx/shared/session_zone.h"

#include "nginx/log.h"
#include "nginx/realm.h"

#include "base/random_bytes.h"

#include <algorithm>

namespace auth {

namespace {

/// A worker that leads renews its lease twice in this time.
constexpr std::uint64_t lease_ms = 1000;

/// At once to the store.
constexpr std::size_t most_ended = 256;
constexpr std::size_t most_uses = 1000;

std::uint64_t zone_time() noexcept
{
    return ngx_current_msec + (std::uint64_t{1} << 44);
}

} // namespace

/// What the workers share about comparing with the store.
struct session_zone::sync_state {
    ngx_pid_t leader;
    std::uint64_t lease_ends;
    std::uint64_t read; ///< when the store was last read
    std::uint64_t uses_noted;
    bool failed; ///< the last try
};

/// The beginning of the zone. The table is behind it.
struct session_zone::contents {
    sync_state sync;
    service_counters counters;
};

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
    use(new (beginning) contents{});
    sync_->read = sync_->uses_noted = zone_time();
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
    sync_ = &beginning->sync;
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
    const std::uint64_t now = zone_time();
    const zone_lock lock(slab_);
    const bool found =
        !is_stale_at(now) &&
        repaired().find(digest, secure, realm_->limits, now, who);
    contents_->counters
        .zone_answers[found ? zone_answer::hit : zone_answer::miss]
        .add();
    return found;
}

bool session_zone::is_stale_at(std::uint64_t now_ms) const noexcept
{
    return realm_->limits.is_cache && now_ms > sync_->read + realm_->stale_ms;
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

std::optional<token_hour> session_zone::verify(std::string_view token) noexcept
{
    if (realm_->session_keys.empty()) {
        return verify_session_token(key(), token);
    }
    for (const token_key& each : realm_->session_keys) {
        if (const auto hour = verify_session_token(each, token)) {
            return hour;
        }
    }
    return std::nullopt;
}

bool session_zone::lead() noexcept
{
    const std::uint64_t now = zone_time();
    const zone_lock lock(slab_);
    if (sync_->leader != ngx_pid && now < sync_->lease_ends) {
        return false;
    }
    sync_->leader = ngx_pid;
    sync_->lease_ends = now + lease_ms;
    return true;
}

/// A use is noted once in a sixth of the idle time at most, so a session that
/// is only read from the store is a little older there.
session_zone::sync_task session_zone::begin_sync()
{
    std::vector<session_digest> ended(most_ended);
    std::vector<session_table::use> uses(most_uses);
    sync_task task{};
    const std::uint64_t now = zone_time();
    {
        const zone_lock lock(slab_);
        task.since_ms = now - std::min(sync_->read, now);
        task.after_failure = sync_->failed;
        session_table& table = repaired();
        if (task.since_ms > remembers_ms && table.live_sessions() != 0) {
            table.clear();
        }
        ended.resize(table.copy_ended(ended.data(), ended.size()));
        task.uses_after = sync_->uses_noted;
        uses.resize(table.copy_uses(task.uses_after, realm_->limits.idle_ms / 6,
                                    uses.data(), uses.size()));
        sync_->uses_noted = now;
    }
    task.ended = std::move(ended);
    for (const session_table::use& each : uses) {
        task.uses.emplace_back(each.digest,
                               now - std::min(each.last_seen, now));
    }
    return task;
}

void session_zone::end_sync(bool done) noexcept
{
    const zone_lock lock(slab_);
    sync_->failed = !done;
    if (done) {
        sync_->read = zone_time();
    }
}

void session_zone::give_uses_back(const sync_task& task) noexcept
{
    const zone_lock lock(slab_);
    session_table& table = repaired();
    for (const auto& [digest, age] : task.uses) {
        table.forget_use_noted(digest);
    }
    sync_->uses_noted = std::min(sync_->uses_noted, task.uses_after);
}

session_zone::condition session_zone::now() noexcept
{
    const std::uint64_t now = zone_time();
    const zone_lock lock(slab_);
    const session_table& table = repaired();
    condition is{table.live_sessions(), table.capacity(), 0, 0,
                 table.ended_count()};
    is.unread_ms = now - std::min(sync_->read, now);
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
