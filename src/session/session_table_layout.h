#pragma once

// What a session table's memory looks like. Private to the table and to the
// tests that check a memory from outside.

#include "session/session_table.h"

#include "base/barrier.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace auth::session_layout {

// Records are named by number from 1, so that zeroed memory is an empty table
// and each process may map it elsewhere.
using index = std::uint32_t;

struct links {
    index prev, next;
};

struct list {
    index head, tail;
};

// The state of a record in use; with any other state it is free. The values
// are not 1, so that a damaged word is unlikely to bring a record to life.
constexpr std::uint32_t live_session = 0x5e551041;
constexpr std::uint32_t live_user = 0x0a5e4041;
constexpr std::uint32_t kept_ended = 0xe17ded41;
// Only 0 says that a record of an ended session was never used.
constexpr std::uint32_t forgotten_ended = 0xe17ded00;

constexpr std::uint32_t table_magic = 0xa0775e55;

struct header {
    // Written once, by format().
    std::uint32_t magic;
    std::uint32_t capacity;
    std::uint32_t buckets; // of each of the two indexes; a power of two
    // Not zero while a process makes a change.
    std::uint32_t mutating;
    // How many records were ever used. All others are untouched zero pages.
    std::uint32_t sessions_used, users_used;
    // Returned records, linked by bucket_next.
    index free_session, free_user;
    std::uint32_t live_sessions, live_users;
    // All sessions by last_seen and by created, the oldest at the head. Both
    // time limits are the same for all sessions, so expired ones are there.
    list idle, age;
    token_key key;
    std::uint32_t ended; // records in use
    std::uint32_t unused;
    // Hashes of the sessions and users whose endings were the last ones; that
    // of ending number n is at n % endings_kept.
    std::uint64_t endings;
    static constexpr std::size_t endings_kept = 256;
    std::uint64_t ending_hashes[endings_kept];
};

struct session_record {
    session_digest digest;
    index bucket_next;
    index user;
    std::uint32_t state; // written last when it becomes live, first when not
    std::uint32_t secure;
    std::uint64_t created, last_seen;
    std::uint64_t noted; // the last use that the store was told
    std::uint32_t remembered;
    std::uint32_t checked; // when it was last compared, as low_bits()
    std::int64_t epoch;    // of its user
    links idle, age;
    links of_user; // among the user's sessions, oldest first
};

// A session_identity without gaps between its three texts. Usually all three
// are short, and a look-up among a million sessions waits for each cache line.
struct stored_identity {
    std::uint8_t id_size;
    std::uint8_t name_size;
    std::uint8_t roles_size;
    char text[session_identity::max_id + session_identity::max_name +
              session_identity::max_roles];

    std::string_view user_id() const noexcept { return {text, id_size}; }
    std::string_view name() const noexcept
    {
        return {text + id_size, name_size};
    }
    std::string_view roles() const noexcept
    {
        return {text + id_size + name_size, roles_size};
    }
};

struct user_record {
    std::uint64_t password; // see session_identity
    std::uint64_t checked;  // when it was last compared with the store
    std::int64_t epoch;     // the highest that the table was told
    index bucket_next;
    std::uint32_t state; // live_user, or free
    std::uint32_t count; // of sessions
    list sessions;
    stored_identity identity; // last, so that what is used is together
};

struct ended_record {
    session_digest digest;
    std::uint32_t state; // kept_ended, forgotten_ended or 0
    std::uint32_t unused;
};

static_assert(sizeof(header) % 8 == 0 && alignof(header) <= 8);
static_assert(sizeof(ended_record) % 8 == 0);
static_assert(sizeof(session_record) == session_table::bytes_per_session);
static_assert(sizeof(user_record) == session_table::bytes_per_user);
static_assert(std::is_trivially_copyable_v<session_record> &&
              std::is_trivially_copyable_v<user_record>);

// Where the parts are, behind the header.
inline index* session_buckets_of(header& table) noexcept
{
    return reinterpret_cast<index*>(&table + 1);
}

inline index* user_buckets_of(header& table) noexcept
{
    return session_buckets_of(table) + table.buckets;
}

constexpr std::uint32_t ended_capacity(std::uint32_t capacity) noexcept
{
    return capacity / session_table::sessions_per_ended + 1;
}

inline ended_record* ended_records_of(header& table) noexcept
{
    return reinterpret_cast<ended_record*>(user_buckets_of(table) +
                                           table.buckets);
}

inline session_record* session_records_of(header& table) noexcept
{
    return reinterpret_cast<session_record*>(ended_records_of(table) +
                                             ended_capacity(table.capacity));
}

inline user_record* user_records_of(header& table) noexcept
{
    return reinterpret_cast<user_record*>(session_records_of(table) +
                                          table.capacity);
}

// A record from further ahead than this is damaged (see session_table.h).
constexpr std::uint64_t clock_tolerance_ms = 10 * 60 * 1000;

template <typename Identity>
bool fits(const Identity& who) noexcept
{
    return who.id_size <= session_identity::max_id &&
           who.name_size <= session_identity::max_name &&
           who.roles_size <= session_identity::max_roles;
}

// Both functions copy only the bytes that are used.
inline void store_identity(stored_identity& to,
                           const session_identity& from) noexcept
{
    to.id_size = from.id_size;
    to.name_size = from.name_size;
    to.roles_size = from.roles_size;
    char* text = to.text;
    std::memcpy(text, from.id_bytes, from.id_size);
    text += from.id_size;
    std::memcpy(text, from.name_bytes, from.name_size);
    text += from.name_size;
    std::memcpy(text, from.roles_bytes, from.roles_size);
}

inline void load_identity(session_identity& to,
                          const stored_identity& from) noexcept
{
    to.id_size = from.id_size;
    to.name_size = from.name_size;
    to.roles_size = from.roles_size;
    const char* text = from.text;
    std::memcpy(to.id_bytes, text, from.id_size);
    text += from.id_size;
    std::memcpy(to.name_bytes, text, from.name_size);
    text += from.name_size;
    std::memcpy(to.roles_bytes, text, from.roles_size);
}

// A digest is as good as random, so that some of its bytes serve as its hash.
inline std::uint64_t hash_of(const session_digest& digest) noexcept
{
    std::uint64_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof hash);
    return hash;
}

inline std::uint64_t elapsed(std::uint64_t since, std::uint64_t now_ms) noexcept
{
    return now_ms > since ? now_ms - since : 0;
}

// A time of which only the difference to a later one is needed.
constexpr std::uint32_t low_bits(std::uint64_t time_ms) noexcept
{
    return static_cast<std::uint32_t>(time_ms);
}

// A longer period counts as this one: half of what low_bits() can tell.
constexpr std::uint64_t longest_check_ms = INT32_MAX / 2;

// After 25 days without a check a session may seem to have been checked just
// now, as one does that another worker has checked a moment later; then it is
// due `check_ms` later.
inline bool is_check_due(const session_record& session,
                         const session_limits& limits,
                         std::uint64_t now_ms) noexcept
{
    const auto ago =
        static_cast<std::int32_t>(low_bits(now_ms) - session.checked);
    return limits.check_ms != 0 && ago >= 0 &&
           static_cast<std::uint32_t>(ago) >=
               std::min(limits.check_ms, longest_check_ms);
}

inline bool expired(const session_record& session, const session_limits& limits,
                    std::uint64_t now_ms) noexcept
{
    const std::uint64_t newest = now_ms + clock_tolerance_ms;
    const bool longer = session.remembered != 0 && limits.remember_ms != 0;
    return elapsed(session.last_seen, now_ms) >=
               (longer ? limits.remember_ms : limits.idle_ms) ||
           elapsed(session.created, now_ms) >=
               (longer ? limits.remember_ms : limits.lifetime_ms) ||
           session.last_seen > newest || session.created > newest;
}

// Takes a record out of its bucket's chain, if it is there.
template <typename Record>
void unchain(Record* records, index& bucket, index i) noexcept
{
    index* link = &bucket;
    while (*link != i && *link != 0) {
        link = &records[*link - 1].bucket_next;
    }
    if (*link == i) {
        *link = records[i - 1].bucket_next;
    }
}

// Doubly linked lists over an array of records; `Links` is the member that
// links them.
template <links session_record::*Links>
void append(list& to, session_record* records, index i) noexcept
{
    links& own = records[i - 1].*Links;
    own = {to.tail, 0};
    (to.tail == 0 ? to.head : (records[to.tail - 1].*Links).next) = i;
    to.tail = i;
}

template <links session_record::*Links>
void unlink(list& from, session_record* records, index i) noexcept
{
    const links own = records[i - 1].*Links;
    (own.prev == 0 ? from.head : (records[own.prev - 1].*Links).next) =
        own.next;
    (own.next == 0 ? from.tail : (records[own.next - 1].*Links).prev) =
        own.prev;
}

} // namespace auth::session_layout

namespace auth {

// A change of the table: sets a mark in the header, and takes it back when the
// change is complete. If the process dies in between, the mark makes the next
// holder of the lock rebuild the table.
class session_table::mutation
{
public:
    explicit mutation(session_layout::header& header) noexcept
        : mark_(header.mutating), before_(mark_)
    {
        mark_ = 1;
        barrier();
    }
    ~mutation()
    {
        barrier();
        mark_ = before_; // not 0, because a look-up may want a rebuild
    }
    mutation(const mutation&) = delete;
    mutation& operator=(const mutation&) = delete;

private:
    std::uint32_t& mark_;
    const std::uint32_t before_;
};

inline session_layout::session_record&
session_table::session_at(index i) const noexcept
{
    return sessions_[i - 1];
}

inline session_layout::user_record&
session_table::user_at(index i) const noexcept
{
    return users_[i - 1];
}

// A digest is as good as random, so that a few of its bytes serve as its hash.
inline session_table::index&
session_table::session_bucket(const session_digest& digest) const noexcept
{
    std::uint32_t hash = 0;
    std::memcpy(&hash, digest.data() + digest.size() - sizeof hash,
                sizeof hash);
    return session_buckets_[hash & bucket_mask_];
}

inline session_table::index&
session_table::user_bucket(std::string_view user_id) const noexcept
{
    return user_buckets_[keyed_hash(user_id) & bucket_mask_];
}

} // namespace auth
