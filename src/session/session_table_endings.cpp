// What a session table knows of sessions that have ended, because a look-up in
// the store that is under way may find them there.

#include "session/session_table_layout.h"

#include <algorithm>

namespace auth {

using namespace session_layout;

namespace {

/// The caller holds the lock. A session that is in use is met again.
constexpr std::size_t most_looked_at = 5000;

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

bool session_table::keep_ended(const session_digest& digest) noexcept
{
    if (is_kept_ended(digest)) {
        return true;
    }
    ended_record* const end = ended_ + ended_capacity(capacity_);
    ended_record* const free =
        std::find_if(ended_, end, [](const ended_record& each) {
            return each.state != kept_ended;
        });
    if (free == end) {
        return false;
    }
    const mutation mark(*header_);
    free->digest = digest;
    barrier();
    free->state = kept_ended;
    ++header_->ended;
    return true;
}

bool session_table::is_kept_ended(const session_digest& digest) const noexcept
{
    return header_->ended != 0 &&
           std::any_of(ended_, ended_ + ended_capacity(capacity_),
                       [&digest](const ended_record& each) {
                           return each.state == kept_ended &&
                                  each.digest == digest;
                       });
}

void session_table::forget_ended(const session_digest& digest) noexcept
{
    for (ended_record* each = ended_;
         each != ended_ + ended_capacity(capacity_); ++each) {
        if (each->state == kept_ended && each->digest == digest) {
            const mutation mark(*header_);
            each->state = 0;
            --header_->ended;
            return;
        }
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

/// To note that a use was copied takes one aligned store, which needs no mark.
std::size_t session_table::copy_uses(std::uint64_t after_ms,
                                     std::uint64_t interval_ms, use* to,
                                     std::size_t limit) noexcept
{
    std::size_t count = 0;
    std::size_t left = most_looked_at;
    for (index i = header_->idle.tail;
         i != 0 && i <= capacity_ && count < limit && left != 0 &&
         session_at(i).last_seen > after_ms;
         i = session_at(i).idle.prev, --left) {
        session_record& session = session_at(i);
        if (elapsed(session.noted, session.last_seen) >= interval_ms) {
            session.noted = session.last_seen;
            to[count++] = {session.digest, session.last_seen};
        }
    }
    return count;
}

void session_table::forget_use_noted(const session_digest& digest) noexcept
{
    if (const index found = locate(digest)) {
        session_at(found).noted = 0;
    }
}

/// As copy_uses().
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

void session_table::clear() noexcept
{
    const mutation mark(*header_);
    for (index i = 1; i <= std::min(header_->sessions_used, capacity_); ++i) {
        session_at(i).state = 0;
    }
    rebuild(); // from no sessions
}

} // namespace auth
