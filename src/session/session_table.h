#pragma once

#include "session/session_token.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace auth {

namespace session_layout {
struct header;
struct session_record;
struct user_record;
struct ended_record;
} // namespace session_layout

/// The user that a session belongs to, copied out of the table.
struct session_identity {
    static constexpr std::size_t max_id = 64;
    static constexpr std::size_t max_name = 128;
    static constexpr std::size_t max_roles = 192;

    std::uint8_t id_size;
    std::uint8_t name_size;
    std::uint8_t roles_size;
    char id_bytes[max_id];
    char name_bytes[max_name];
    char roles_bytes[max_roles]; ///< comma-separated

    /// A fingerprint of the user's password (password_fingerprint.h). If the
    /// store has another fingerprint, the password was changed.
    std::uint64_t password;
    /// How often all sessions of the user have been ended
    /// (store/user_store.h). A session belongs to one epoch.
    std::int64_t epoch;

    /// Whether this session lives as long as `remember_ms` says.
    bool remembered;

    /// find() sets it for one caller: the user, or in a cache the session, was
    /// last compared with the store over `check_ms` ago, and this caller has to
    /// compare them now.
    bool check_due;

    std::string_view user_id() const noexcept { return {id_bytes, id_size}; }
    std::string_view name() const noexcept { return {name_bytes, name_size}; }
    std::string_view roles() const noexcept
    {
        return {roles_bytes, roles_size};
    }
};

/// How long sessions live, in milliseconds, and how many a user may have.
/// The table reads them on every use, so that a reload changes them for live
/// sessions, too.
struct session_limits {
    std::uint64_t idle_ms;
    std::uint64_t lifetime_ms;
    std::uint32_t per_user;   ///< 0: as many as there is room for
    std::uint64_t check_ms{}; ///< how often to ask for a check; 0: never
    /// The sessions are kept in a store, too, which counts those of a user. A
    /// session that the table lacks can be adopted again; so a full table lets
    /// the session go that was used longest ago.
    bool is_cache{};
    /// Idle time and lifetime of sessions that are remembered; 0: as of others.
    std::uint64_t remember_ms{};
};

/// What update_user() has done.
enum class session_update {
    done,   ///< the sessions live on, with the new name and roles
    ended,  ///< all sessions of the user have ended
    ignored ///< nothing: the answer is old, or there is no such user here
};

/// Whether insert() or adopt() has made a session, and why not.
enum class session_insert {
    done,
    full,
    identity_too_long,
    stale_epoch,    ///< the table knows a higher epoch of the user
    ended_meanwhile ///< adopt(): the session may have been ended
};

/// A session that was found in the store.
struct session_found {
    session_digest digest;
    bool secure;
    std::uint64_t age_ms;      ///< since it was made
    std::uint64_t endings;     ///< session_table::endings() before the look-up
    std::uint64_t unused_ms{}; ///< since the last use that the store knows
};

/// Sessions in memory that several processes share. The table is a hash table
/// of records of one size. format() lays all of them out at once, so that a
/// look-up costs the same with one session as with a million.
///
/// A session_table is a view on raw memory that starts with a header. It owns
/// nothing and is cheap to copy. The memory has one lock. The caller holds it
/// in every function except format(), attach() and capacity_for(), and calls
/// recover_if_needed() first: a process may have been killed between any two
/// instructions while it held the lock. The table then rebuilds its links from
/// the records, in which a session is either whole or absent.
///
/// Where `is_cache` is set the table holds some of the sessions of a store.
///
/// Times are milliseconds of one monotonic clock that all processes share. A
/// process may be a little behind that clock, because it reads it before it has
/// the lock; so a record never gets a time before that of the record before it
/// in a list. A record from more than ten minutes ahead is damaged
/// and counts as expired.
class session_table
{
public:
    /// Bytes that a session takes, and bytes that a user takes. There is room
    /// for as many users as sessions (and for one more), so that capacity()
    /// sessions fit even if each belongs to another user. The two indexes add
    /// 8 to 16 bytes a session.
    static constexpr std::size_t bytes_per_session = 112;
    static constexpr std::size_t bytes_per_user = 432;

    /// There is room for this many sessions to each whose ending has to be
    /// remembered: see keep_ended().
    static constexpr std::uint32_t sessions_per_ended = 16;

    /// Lays an empty table out over zeroed memory (aligned to 8) into which at
    /// least one session fits. Only the header is written: zero pages of a
    /// fresh mapping stay untouched.
    static session_table format(void* memory, std::size_t size) noexcept;

    /// A view on memory that format() laid out.
    static session_table attach(void* memory) noexcept;

    /// How many sessions fit into `size` bytes; 0 if none.
    static std::uint32_t capacity_for(std::size_t size) noexcept;

    /// A view on nothing, to be assigned to.
    session_table() noexcept = default;

    /// Rebuilds the table if the last holder of the lock died in the middle of
    /// a change, and returns whether it did. If nothing is wrong, this takes
    /// one load.
    bool recover_if_needed() noexcept;

    std::uint32_t capacity() const noexcept;
    /// Sessions in memory. They include expired ones that have not been purged
    /// yet.
    std::uint32_t live_sessions() const noexcept;

    /// The key of this table's tokens. The caller of format() sets it before
    /// anything else, because the table also finds users by it.
    token_key key() const noexcept;
    void set_key(const token_key& key) noexcept;

    /// Makes a session. If the table needs room, expired sessions go; if none
    /// has expired, the table is full and no live session ends. A user with
    /// `per_user` sessions loses the oldest one. The user's other sessions get
    /// the name and roles of `who`; those of a lower epoch or another password
    /// end. If the table knows a higher epoch of the user, `who` is old, and
    /// the result is stale_epoch. A digest that is there already is refused as
    /// `full`; only a broken random generator makes one.
    session_insert insert(const session_digest& digest,
                          const session_identity& who, bool secure,
                          const session_limits& limits,
                          std::uint64_t now_ms) noexcept;

    /// How often a session or all sessions of a user have been ended. Note it
    /// before a look-up in the store.
    std::uint64_t endings() const noexcept;

    /// Whether this session has been ended by remove() since `endings` was
    /// noted, or may have been.
    bool has_ended_since(std::uint64_t endings,
                         const session_digest& digest) const noexcept;

    /// Takes in a session that a look-up has found in the store. It does
    /// nothing if the session is there already, and fails as insert() does. If
    /// the session or its user's sessions have been ended since `endings` was
    /// noted, or may have been, because there were too many endings, the answer
    /// of the store is old: ended_meanwhile. Ask again.
    session_insert adopt(const session_found& found,
                         const session_identity& who,
                         const session_limits& limits,
                         std::uint64_t now_ms) noexcept;

    /// Finds a session and copies its user into `out`, only the bytes that are
    /// used. Returns false if there is no such session, if it was made for the
    /// other kind of cookie, or if it has expired; an expired one is removed.
    /// It notes the use of the session once a second at most (or once in a
    /// quarter of the idle time, if that is less).
    bool find(const session_digest& digest, bool secure,
              const session_limits& limits, std::uint64_t now_ms,
              session_identity& out) noexcept;

    /// Ends a session, whatever its age or kind. Returns false if there is no
    /// such session, else copies its user into `who`.
    bool remove(const session_digest& digest,
                session_identity* who = nullptr) noexcept;

    /// Remembers that a session has ended, until forget_ended(): the store
    /// could not be told yet. Returns false if there is no room.
    bool keep_ended(const session_digest& digest) noexcept;
    bool is_kept_ended(const session_digest& digest) const noexcept;
    void forget_ended(const session_digest& digest) noexcept;
    std::uint32_t ended_count() const noexcept; ///< how many are remembered
    /// Copies up to `limit` of them, and returns how many.
    std::size_t copy_ended(session_digest* to,
                           std::size_t limit) const noexcept;

    /// A session's last use.
    struct use {
        session_digest digest;
        std::uint64_t last_seen;
    };
    struct copied_uses {
        std::size_t count;
        bool are_all; ///< there are no others
    };
    /// Copies uses that are later than `after_ms`, of sessions whose last use
    /// that the store knows was `interval_ms` before or more; up to `limit`,
    /// the latest first.
    copied_uses copy_uses(std::uint64_t after_ms, std::uint64_t interval_ms,
                          use* to, std::size_t limit) const noexcept;
    /// The store knows this use.
    void note_told(const use& told) noexcept;

    /// Copies up to `limit` of a user's sessions that were last compared with
    /// the store over `check_ms` ago, the latest first. They count as compared
    /// now. Returns how many.
    std::size_t copy_due(std::string_view user_id, const session_limits& limits,
                         std::uint64_t now_ms, session_digest* to,
                         std::size_t limit) noexcept;

    /// Takes back that a user and `count` of the user's sessions count as
    /// compared: they were not. They are due again in a second, or after
    /// `check_ms` if that is less.
    void forget_check(std::string_view user_id, const session_digest* sessions,
                      std::size_t count, const session_limits& limits,
                      std::uint64_t now_ms) noexcept;

    /// Ends all sessions: none is known any more.
    void clear() noexcept;

    /// Ends all sessions of a user, and returns how many.
    std::uint32_t remove_user(std::string_view user_id) noexcept;

    /// Ends a user's sessions of a lower epoch, and returns how many.
    std::uint32_t raise_epoch(std::string_view user_id,
                              std::int64_t epoch) noexcept;

    /// Brings a user's sessions up to date: find() has shown the user as
    /// `seen`, and the store then said `now`. The new name and roles apply,
    /// both or neither. A higher epoch or a changed password ends all of the
    /// user's sessions. The answer is old, and ignored, if the table has got a
    /// higher epoch or another password in the meantime.
    session_update update_user(const session_identity& seen,
                               const session_identity& now) noexcept;

private:
    using index = std::uint32_t; ///< of a record, from 1; 0 is none
    class mutation;

    explicit session_table(session_layout::header& header) noexcept;

    session_insert add(const session_found& session,
                       const session_identity& who,
                       const session_limits& limits,
                       std::uint64_t now_ms) noexcept;
    bool has_ended_since(std::uint64_t endings,
                         std::string_view user_id) const noexcept;
    session_layout::ended_record*
    find_ended(const session_digest& digest,
               session_layout::ended_record** place = nullptr) const noexcept;
    template <class Condition>
    bool any_ending_since(std::uint64_t endings,
                          Condition&& is_meant) const noexcept;

    session_layout::session_record& session_at(index i) const noexcept;
    session_layout::user_record& user_at(index i) const noexcept;
    index& session_bucket(const session_digest& digest) const noexcept;
    index& user_bucket(std::string_view user_id) const noexcept;
    std::uint32_t keyed_hash(std::string_view text) const noexcept;
    index locate(const session_digest& digest) const noexcept;
    index locate_user(std::string_view user_id) const noexcept;

    // The functions below change the table. Their caller holds a `mutation`.
    void note_ending(std::uint64_t hash) noexcept;
    index take_session() noexcept;
    index take_or_free_session(const session_limits& limits,
                               std::uint64_t now_ms) noexcept;
    index take_user() noexcept;
    index make_user(const session_identity& who) noexcept;
    index replace_user(index old, const session_identity& who) noexcept;
    void end_sessions_of(index user) noexcept;
    void end_lower_epochs(index user, std::int64_t epoch) noexcept;
    void make_session(index i, const session_found& found, index user,
                      bool remembered, std::uint64_t now_ms) noexcept;
    void end_session(index i) noexcept;
    void end_user(index i) noexcept;
    void touch(index i, std::uint64_t now_ms) noexcept;
    std::uint64_t not_before(index i,
                             std::uint64_t session_layout::session_record::*t,
                             std::uint64_t now_ms) const noexcept;
    void drop_damaged(std::uint64_t now_ms) noexcept;
    bool purge_one(const session_limits& limits, std::uint64_t now_ms) noexcept;
    void make_room_for_user(index i, const session_limits& limits,
                            std::uint64_t now_ms) noexcept;

    // Recovery.
    void rebuild() noexcept;
    bool index_users() noexcept;
    bool has_user(const session_layout::session_record& session) const noexcept;
    void index_sessions(bool users_are_unique) noexcept;
    void order_sessions() noexcept;
    void drop_users_without_sessions() noexcept;
    void count_ended() noexcept;

    session_layout::header* header_ = nullptr;
    index* session_buckets_ = nullptr;
    index* user_buckets_ = nullptr;
    session_layout::ended_record* ended_ = nullptr;
    session_layout::session_record* sessions_ = nullptr;
    session_layout::user_record* users_ = nullptr;
    std::uint32_t capacity_ = 0;
    std::uint32_t bucket_mask_ = 0;
};

} // namespace auth
