// How the workers share the work of comparing the zone with the store.

#include "nginx/realm.h"
#include "nginx/shared/session_zone_contents.h"

#include <algorithm>

namespace auth {

namespace {

/// At once to the store.
constexpr std::size_t most_ended = 256;
constexpr std::size_t most_uses = 1000;

} // namespace

bool session_zone::lead() noexcept
{
    const zone_lock lock(slab_);
    return contents_->sync.lead(ngx_pid, zone_time());
}

store_sync::reading session_zone::begin_sync() noexcept
{
    const std::uint64_t now = zone_time();
    const zone_lock lock(slab_);
    if (contents_->sync.was_cut_off(now)) {
        forget_sessions();
    }
    return contents_->sync.begin(now);
}

void session_zone::end_sync(const store_sync::reading& ended,
                            std::int64_t store_time) noexcept
{
    const zone_lock lock(slab_);
    if (contents_->sync.was_paused(store_time)) {
        forget_sessions();
    }
    contents_->sync.end(ended, store_time);
}

void session_zone::fail_sync() noexcept
{
    const zone_lock lock(slab_);
    contents_->sync.fail();
}

/// The caller has the lock. Each session is looked up anew.
void session_zone::forget_sessions() noexcept
{
    if (session_table& table = repaired(); table.live_sessions() != 0) {
        table.clear();
    }
}

/// A use is noted once in a sixth of the idle time at most, so a session that
/// is only read from the store is a little older there.
session_zone::sync_news session_zone::news()
{
    sync_news news{zone_time(), std::vector<session_digest>(most_ended),
                   std::vector<session_table::use>(most_uses), false};
    session_table::copied_uses copied{};
    {
        const zone_lock lock(slab_);
        const session_table& table = repaired();
        news.ended.resize(
            table.copy_ended(news.ended.data(), news.ended.size()));
        copied = table.copy_uses(contents_->sync.uses_told(),
                                 realm_->limits.idle_ms / 6, news.uses.data(),
                                 news.uses.size());
    }
    news.uses.resize(copied.count);
    news.are_all_uses = copied.are_all;
    return news;
}

void session_zone::note_told(const sync_news& news) noexcept
{
    const zone_lock lock(slab_);
    session_table& table = repaired();
    for (const session_table::use& each : news.uses) {
        table.note_told(each);
    }
    if (news.are_all_uses) {
        contents_->sync.note_uses_told(news.began - 1);
    }
}

} // namespace auth
