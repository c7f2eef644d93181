// Records of a session table: how they are found, taken, filled, linked and
// given back. Functions that write run while their caller holds a `mutation`.

#include "session/session_table_layout.h"

#include <algorithm>

namespace auth {

using namespace session_layout;

namespace {

template <typename Record>
index take(Record* records, index& free, std::uint32_t& used,
           std::uint32_t limit) noexcept
{
    if (free != 0) {
        const index i = free;
        free = records[i - 1].bucket_next;
        return i;
    }
    return used < limit ? ++used : 0;
}

template <typename Record>
void give_back(Record* records, index& free, index i) noexcept
{
    records[i - 1].bucket_next = free;
    free = i;
}

bool same(const stored_identity& a, const session_identity& b) noexcept
{
    return a.name() == b.name() && a.roles() == b.roles();
}

} // namespace

// FNV-1a that starts from the key, with MurmurHash3's last step. Clients do not
// choose the ids, so the hash has to be even, and need not be strong.
std::uint32_t session_table::keyed_hash(std::string_view text) const noexcept
{
    std::uint32_t hash = 0;
    std::memcpy(&hash, header_->key.data(), sizeof hash);
    hash ^= UINT32_C(2166136261);
    for (const char c : text) {
        hash = (hash ^ static_cast<unsigned char>(c)) * UINT32_C(16777619);
    }
    hash = (hash ^ (hash >> 16)) * UINT32_C(0x85ebca6b);
    hash = (hash ^ (hash >> 13)) * UINT32_C(0xc2b2ae35);
    return hash ^ (hash >> 16);
}

// An index out of range, or a chain that does not end, is damage without a
// mark. Ask for a rebuild then, and do not read beyond the table.
session_table::index
session_table::locate(const session_digest& digest) const noexcept
{
    std::uint32_t left = capacity_;
    for (index i = session_bucket(digest); i != 0;
         i = session_at(i).bucket_next) {
        if (i > capacity_ || left-- == 0) {
            header_->mutating = 1;
            return 0;
        }
        if (session_at(i).digest == digest) {
            const index user = session_at(i).user;
            if (user - 1 > capacity_ || !fits(user_at(user).identity)) {
                header_->mutating = 1;
                return 0;
            }
            return i;
        }
    }
    return 0;
}

session_table::index
session_table::locate_user(std::string_view user_id) const noexcept
{
    std::uint32_t left = capacity_ + 1;
    for (index i = user_bucket(user_id); i != 0; i = user_at(i).bucket_next) {
        if (i > capacity_ + 1 || left-- == 0) {
            header_->mutating = 1;
            return 0;
        }
        if (user_at(i).identity.user_id() == user_id) {
            return i;
        }
    }
    return 0;
}

session_table::index session_table::take_session() noexcept
{
    return take(sessions_, header_->free_session, header_->sessions_used,
                capacity_);
}

/// Takes a record; if none is free, that of an expired session or, in a cache,
/// of the session that was used longest ago.
session_table::index
session_table::take_or_free_session(const session_limits& limits,
                                    std::uint64_t now_ms) noexcept
{
    index i = take_session();
    while (i == 0) {
        if (!purge_one(limits, now_ms)) {
            if (!limits.is_cache || header_->idle.head == 0) {
                return 0;
            }
            end_session(header_->idle.head);
        }
        i = take_session();
    }
    return i;
}

session_table::index session_table::take_user() noexcept
{
    return take(users_, header_->free_user, header_->users_used, capacity_ + 1);
}

// A user record is always left: each user in the table has a session, and there
// is one more user record than session records.
session_table::index
session_table::make_user(const session_identity& who) noexcept
{
    const index i = take_user();
    user_record& user = user_at(i);
    user.state = 0;
    barrier();
    store_identity(user.identity, who);
    user.count = 0;
    user.sessions = {};
    user.password = who.password;
    user.epoch = who.epoch;
    user.checked = 0;
    barrier();
    user.state = live_user;
    barrier();
    index& bucket = user_bucket(who.user_id());
    user.bucket_next = bucket;
    bucket = i;
    ++header_->live_users;
    return i;
}

// Makes a new record and never writes into the old one: a process that is
// killed while it copies must not leave a new name with old roles. It may leave
// two live records of one user; rebuild() joins them.
session_table::index
session_table::replace_user(index old, const session_identity& who) noexcept
{
    if (same(user_at(old).identity, who)) {
        user_at(old).password = who.password;
        return old;
    }
    const index fresh = make_user(who);
    user_record& user = user_at(fresh);
    user.sessions = user_at(old).sessions;
    user.count = user_at(old).count;
    user.checked = user_at(old).checked;
    for (index i = user.sessions.head; i != 0; i = session_at(i).of_user.next) {
        session_at(i).user = fresh;
    }
    barrier();
    end_user(old);
    return fresh;
}

void session_table::end_sessions_of(index user) noexcept
{
    index next = 0;
    for (index i = user_at(user).sessions.head; i != 0; i = next) {
        next = session_at(i).of_user.next;
        end_session(i);
    }
}

// All sessions of a user have the user's epoch, so all of them end. The epoch
// is written first: if the process is killed on the way, rebuild() ends the
// rest.
void session_table::end_lower_epochs(index user, std::int64_t epoch) noexcept
{
    user_at(user).epoch = epoch;
    barrier();
    end_sessions_of(user);
}

/// The list by `created` is in order but for adopted sessions: they are older
/// than when they come, and must not live longer for it.
void session_table::make_session(index i, const session_found& found,
                                 index user, bool remembered,
                                 std::uint64_t now_ms) noexcept
{
    session_record& session = session_at(i);
    session.state = 0;
    barrier();
    session.digest = found.digest;
    session.user = user;
    session.secure = found.secure ? 1 : 0;
    session.epoch = user_at(user).epoch;
    session.created =
        found.age_ms != 0
            ? now_ms - std::min(found.age_ms, now_ms)
            : not_before(header_->age.tail, &session_record::created, now_ms);
    session.last_seen =
        not_before(header_->idle.tail, &session_record::last_seen, now_ms);
    session.noted = now_ms - std::min(found.unused_ms, now_ms);
    session.checked = low_bits(now_ms);
    session.remembered = remembered ? 1 : 0;
    barrier();
    session.state = live_session;
    barrier();
    index& bucket = session_bucket(found.digest);
    session.bucket_next = bucket;
    bucket = i;
    append<&session_record::idle>(header_->idle, sessions_, i);
    append<&session_record::age>(header_->age, sessions_, i);
    append<&session_record::of_user>(user_at(user).sessions, sessions_, i);
    ++user_at(user).count;
    ++header_->live_sessions;
}

void session_table::end_session(index i) noexcept
{
    session_record& session = session_at(i);
    session.state = 0;
    barrier();
    unchain(sessions_, session_bucket(session.digest), i);
    unlink<&session_record::idle>(header_->idle, sessions_, i);
    unlink<&session_record::age>(header_->age, sessions_, i);
    user_record& user = user_at(session.user);
    unlink<&session_record::of_user>(user.sessions, sessions_, i);
    if (--user.count == 0) {
        end_user(session.user);
    }
    give_back(sessions_, header_->free_session, i);
    --header_->live_sessions;
}

void session_table::end_user(index i) noexcept
{
    user_record& user = user_at(i);
    user.state = 0;
    barrier();
    unchain(users_, user_bucket(user.identity.user_id()), i);
    give_back(users_, header_->free_user, i);
    --header_->live_users;
}

void session_table::touch(index i, std::uint64_t now_ms) noexcept
{
    drop_damaged(now_ms);
    unlink<&session_record::idle>(header_->idle, sessions_, i);
    session_at(i).last_seen =
        not_before(header_->idle.tail, &session_record::last_seen, now_ms);
    append<&session_record::idle>(header_->idle, sessions_, i);
}

// The lists stay in order because a new time is never before the last one, even
// if another process has read the clock a moment later than this one.
std::uint64_t session_table::not_before(index i,
                                        std::uint64_t session_record::*time,
                                        std::uint64_t now_ms) const noexcept
{
    return i == 0 ? now_ms : std::max(now_ms, session_at(i).*time);
}

// Records with a time from far ahead are at the young end of a list. There they
// would give their time to every later session.
void session_table::drop_damaged(std::uint64_t now_ms) noexcept
{
    while (header_->idle.tail != 0 && session_at(header_->idle.tail).last_seen >
                                          now_ms + clock_tolerance_ms) {
        end_session(header_->idle.tail);
    }
    while (header_->age.tail != 0 && session_at(header_->age.tail).created >
                                         now_ms + clock_tolerance_ms) {
        end_session(header_->age.tail);
    }
}

bool session_table::purge_one(const session_limits& limits,
                              std::uint64_t now_ms) noexcept
{
    // At the young ends are records with a time from far ahead.
    for (const index i : {header_->idle.head, header_->age.head,
                          header_->idle.tail, header_->age.tail}) {
        if (i != 0 && expired(session_at(i), limits, now_ms)) {
            end_session(i);
            return true;
        }
    }
    return false;
}

// Ends sessions of the user until there are fewer than the limit: first the
// expired ones, then the oldest.
void session_table::make_room_for_user(index i, const session_limits& limits,
                                       std::uint64_t now_ms) noexcept
{
    if (i == 0 || limits.per_user == 0 || user_at(i).count < limits.per_user) {
        return;
    }
    index next = 0;
    for (index s = user_at(i).sessions.head; s != 0; s = next) {
        next = session_at(s).of_user.next;
        if (expired(session_at(s), limits, now_ms)) {
            end_session(s);
        }
    }
    // A user whose last session ended has a count of 0 and no record.
    while (user_at(i).count >= limits.per_user) {
        end_session(user_at(i).sessions.head);
    }
}

} // namespace auth
