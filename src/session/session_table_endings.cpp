// What a session table knows of sessions that have ended, because a look-up in
// the store that is under way may find them there.

#include "session/session_table_layout.h"

#include <algorithm>

namespace auth {

using namespace session_layout;

namespace {

/// The caller holds the lock. A session that is in use is met again.
constexpr std::size_t most_looked_at = 5000;

/// When a check is due again that was not made.
constexpr std::uint64_t again_ms = 1000;

} // namespace

std::uint64_t session_table::endings() const noexcept
{
    return header_->endings;
}

/// Needs no mark: a process that dies on the way leaves a hash that does not
/// count, and has not ended anything yet.
void session_table::note_ending(std::uint64_t hash) noexcept
{
    header_->ending_hashes[header_->endings % header::endings_kept] = hash;
    barrier();
    ++header_->endings;
}

/// If there were too many, the last ones do not tell: then it is true.
template <class Condition>
bool session_table::any_ending_since(std::uint64_t endings,
                                     Condition&& is_meant) const noexcept
{
    if (header_->endings - endings > header::endings_kept) {
        return true;
    }
    for (std::uint64_t n = endings; n != header_->endings; ++n) {
        if (is_meant(header_->ending_hashes[n % header::endings_kept])) {
            return true;
        }
    }
    return false;
}

bool session_table::has_ended_since(std::uint64_t endings,
                                    const session_digest& digest) const noexcept
{
    return any_ending_since(endings,
                            [&digest](std::uint64_t hash) {
                                return hash == hash_of(digest);
                            }) ||
           is_kept_ended(digest);
}

bool session_table::has_ended_since(std::uint64_t endings,
                                    std::string_view user_id) const noexcept
{
    return any_ending_since(
        endings, [of_user = keyed_hash(user_id)](std::uint64_t hash) {
            return hash == of_user;
        });
}

/// Where a kept digest stands, or if it is not there, nullptr. `place`, if
/// there is any, is where it can stand. Both are near the place that its hash
/// names: what was never used since ends the search.
ended_record* session_table::find_ended(const session_digest& digest,
                                        ended_record** place) const noexcept
{
    const std::uint32_t size = ended_capacity(capacity_);
    auto i = static_cast<std::uint32_t>(hash_of(digest) % size);
    ended_record* free = nullptr;
    for (std::uint32_t left = size; left != 0; --left, i = (i + 1) % size) {
        ended_record& each = ended_[i];
        if (each.state == kept_ended && each.digest == digest) {
            return &each;
        }
        if (each.state != kept_ended && free == nullptr) {
            free = &each;
        }
        if (each.state == 0) {
            break;
        }
    }
    if (place != nullptr) {
        *place = free;
    }
    return nullptr;
}

bool session_table::keep_ended(const session_digest& digest) noexcept
{
    ended_record* place = nullptr;
    if (find_ended(digest, &place) != nullptr) {
        return true;
    }
    if (place == nullptr) {
        return false;
    }
    const mutation mark(*header_);
    place->digest = digest;
    barrier();
    place->state = kept_ended;
    ++header_->ended;
    return true;
}

bool session_table::is_kept_ended(const session_digest& digest) const noexcept
{
    return header_->ended != 0 && find_ended(digest) != nullptr;
}

/// The record still leads a search to those behind it. If there are none, it
/// and those before it that are as useless become as if they were never used.
void session_table::forget_ended(const session_digest& digest) noexcept
{
    ended_record* const known = find_ended(digest);
    if (known == nullptr) {
        return;
    }
    const mutation mark(*header_);
    known->state = forgotten_ended;
    --header_->ended;
    const std::uint32_t size = ended_capacity(capacity_);
    auto i = static_cast<std::uint32_t>(known - ended_);
    if (ended_[(i + 1) % size].state != 0) {
        return;
    }
    while (ended_[i].state != 0 && ended_[i].state != kept_ended) {
        ended_[i].state = 0;
        i = (i + size - 1) % size;
    }
}

std::size_t session_table::copy_ended(session_digest* to,
                                      std::size_t limit) const noexcept
{
    std::size_t count = 0;
    for (const ended_record* each = ended_;
         header_->ended != 0 && each != ended_ + ended_capacity(capacity_) &&
         count < limit;
         ++each) {
        if (each->state == kept_ended) {
            to[count++] = each->digest;
        }
    }
    return count;
}

session_table::copied_uses
session_table::copy_uses(std::uint64_t after_ms, std::uint64_t interval_ms,
                         use* to, std::size_t limit) const noexcept
{
    copied_uses copied{};
    std::size_t left = most_looked_at;
    for (index i = header_->idle.tail;
         i != 0 && i <= capacity_ && session_at(i).last_seen > after_ms;
         i = session_at(i).idle.prev) {
        if (copied.count == limit || left-- == 0) {
            return copied;
        }
        const session_record& session = session_at(i);
        if (elapsed(session.noted, session.last_seen) >= interval_ms) {
            to[copied.count++] = {session.digest, session.last_seen};
        }
    }
    copied.are_all = true;
    return copied;
}

/// One aligned store, which needs no mark.
void session_table::note_told(const use& told) noexcept
{
    if (const index i = locate(told.digest); i != 0) {
        session_at(i).noted = std::max(session_at(i).noted, told.last_seen);
    }
}

/// That they count as compared takes aligned stores, which need no mark.
std::size_t session_table::copy_due(std::string_view user_id,
                                    const session_limits& limits,
                                    std::uint64_t now_ms, session_digest* to,
                                    std::size_t limit) noexcept
{
    std::size_t count = 0;
    std::size_t left = most_looked_at;
    const index user = locate_user(user_id);
    for (index i = user == 0 ? 0 : user_at(user).sessions.tail;
         i != 0 && i <= capacity_ && count < limit && left != 0;
         i = session_at(i).of_user.prev, --left) {
        session_record& session = session_at(i);
        if (is_check_due(session, limits, now_ms)) {
            session.checked = low_bits(now_ms);
            to[count++] = session.digest;
        }
    }
    return count;
}

/// Not at once, or each request would ask for what there is no thread for.
void session_table::forget_check(std::string_view user_id,
                                 const session_digest* sessions,
                                 std::size_t count,
                                 const session_limits& limits,
                                 std::uint64_t now_ms) noexcept
{
    const std::uint64_t due = now_ms + std::min(limits.check_ms, again_ms);
    if (const index user = locate_user(user_id); user != 0) {
        user_at(user).checked = elapsed(limits.check_ms, due);
    }
    const std::uint64_t checked =
        due - std::min(limits.check_ms, longest_check_ms);
    for (std::size_t i = 0; i < count; ++i) {
        if (const index session = locate(sessions[i]); session != 0) {
            session_at(session).checked = low_bits(checked);
        }
    }
}

void session_table::clear() noexcept
{
    const mutation mark(*header_);
    for (index i = 1; i <= std::min(header_->sessions_used, capacity_); ++i) {
        session_at(i).state = 0;
    }
    rebuild(); // from no sessions
}

} // namespace auth
