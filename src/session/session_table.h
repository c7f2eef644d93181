#pragma once

#include "session_token.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace auth {

namespace session_layout {
struct header;
struct session_record;
struct user_record;
} // namespace session_layout

/// Who a session belongs to, copied out of the table.
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

    /// What the user's password is known by; another one means that it was
    /// changed (account/password_fingerprint.h).
    std::uint64_t password;
    /// How often all of the user's sessions have been ended
    /// (store/user_store.h); a session lives in one epoch.
    std::int64_t epoch;

    /// From find(), for one caller: the user was last compared with the store
    /// over `check_ms` ago, and this caller is to do it now.
    bool check_due;

    std::string_view user_id() const noexcept { return {id_bytes, id_size}; }
    std::string_view name() const noexcept { return {name_bytes, name_size}; }
    std::string_view roles() const noexcept
    {
        return {roles_bytes, roles_size};
    }
};

/// How long sessions live and how many a user may have (milliseconds).
/// Read on every use, so that a reload changes them for live sessions too.
struct session_limits {
    std::uint64_t idle_ms;
    std::uint64_t lifetime_ms;
    std::uint32_t per_user;   ///< 0: as many as there is room for
    std::uint64_t check_ms{}; ///< how often to ask for a check; 0: never
};

enum class session_update { done, ended, ignored };

enum class session_insert { done, full, identity_too_long, stale_epoch };

/// Sessions in memory that several processes share: a hash table of records
/// of one size, carved out once, so that a look-up costs the same from one
/// session to a million.
///
/// The table is a view on raw memory that starts with its header; it owns
/// nothing and is cheap to copy. Every function but format(), attach() and
/// capacity_for() needs the caller to hold the one lock of that memory, and
/// every holder of the lock calls recover_if_needed() first: a process may be
/// killed between any two instructions while it holds the lock, and then the
/// links are rebuilt from the records, in which a session is either whole or
/// absent.
///
/// Times are milliseconds of one monotonic clock that all processes share. A
/// process may see it a little late (nginx reads it once an event loop): a
/// record never gets a time before that of the record before it. A record
/// from more than ten minutes ahead is damaged and counts as expired.
class session_table
{
public:
    /// Bytes a session takes, and bytes a user takes. There are as many users
    /// as sessions (and one more), so that capacity() holds whoever logs in.
    /// The two indexes add 8 to 16 bytes a session.
    static constexpr std::size_t bytes_per_session = 96;
    static constexpr std::size_t bytes_per_user = 432;

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
    /// a change; true if it did. One load when nothing is wrong.
    bool recover_if_needed() noexcept;

    std::uint32_t capacity() const noexcept;
    /// Sessions and users in memory, expired ones not yet purged included.
    std::uint32_t live_sessions() const noexcept;
    std::uint32_t live_users() const noexcept;

    /// The key of this table's tokens. Whoever formats the table sets it
    /// before first use: users are found by it too.
    token_key key() const noexcept;
    void set_key(const token_key& key) noexcept;

    /// Makes a session. Expired ones go first where room is needed; if none
    /// is expired the table is full and nobody is thrown out. A user with
    /// `per_user` sessions loses the oldest. Name and roles of the user's
    /// other sessions become those of `who`; sessions of a lower epoch than
    /// its own, or of another password, end. If they are of a higher epoch,
    /// what `who` says is old: stale_epoch, and nothing is changed. A digest
    /// that is there already (that would take a broken random generator) is
    /// refused as `full`.
    session_insert insert(const session_digest& digest,
                          const session_identity& who, bool secure,
                          const session_limits& limits,
                          std::uint64_t now_ms) noexcept;

    /// Whose session this is. False if there is none, if it was made by the
    /// other kind of cookie, or if it has expired, which removes it. Writes
    /// only when the last note of its use is over a second old (a quarter of
    /// the idle time, if that is less). Copies only used bytes into `out`.
    bool find(const session_digest& digest, bool secure,
              const session_limits& limits, std::uint64_t now_ms,
              session_identity& out) noexcept;

    /// Ends a session, whatever its age or kind; false if there is none.
    bool remove(const session_digest& digest,
                session_identity* who = nullptr) noexcept;

    /// Ends all sessions of a user; how many it ended.
    std::uint32_t remove_user(std::string_view user_id) noexcept;

    /// Ends those of a lower epoch than this one; how many it ended.
    std::uint32_t raise_epoch(std::string_view user_id,
                              std::int64_t epoch) noexcept;

    /// Compares a user's sessions with what the store has said of the user
    /// whom find() showed as `seen`: new name and roles apply (whole or not at
    /// all), a higher epoch or a changed password ends them all. Not if the
    /// table has heard of a higher epoch, or of another password, since: then
    /// the answer is old.
    session_update update_user(const session_identity& seen,
                               const session_identity& now) noexcept;

    /// Removes up to `at_most` expired sessions; how many it removed.
    std::uint32_t purge_expired(const session_limits& limits,
                                std::uint64_t now_ms,
                                std::uint32_t at_most) noexcept;

    /// For tests: session records that find() compares for this digest.
    std::uint32_t probes_for(const session_digest& digest) const noexcept;

private:
    using index = std::uint32_t; ///< of a record, from 1; 0 is none
    class mutation;

    session_table(session_layout::header* header, std::uint32_t capacity,
                  std::uint32_t buckets) noexcept;

    session_layout::session_record& session_at(index i) const noexcept;
    session_layout::user_record& user_at(index i) const noexcept;
    index& session_bucket(const session_digest& digest) const noexcept;
    index& user_bucket(std::string_view user_id) const noexcept;
    std::uint32_t keyed_hash(std::string_view text) const noexcept;
    index locate(const session_digest& digest) const noexcept;
    index locate_user(std::string_view user_id) const noexcept;

    // The functions below change the table; the caller has set the mark.
    index take_session() noexcept;
    index take_user() noexcept;
    index make_user(const session_identity& who) noexcept;
    index replace_user(index old, const session_identity& who) noexcept;
    void end_sessions_of(index user) noexcept;
    void end_lower_epochs(index user, std::int64_t epoch) noexcept;
    void make_session(index i, const session_digest& digest, index user,
                      bool secure, std::uint64_t now_ms) noexcept;
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
    void link_to_user(index i) noexcept;

    // Recovery.
    void rebuild() noexcept;
    bool index_users() noexcept;
    bool has_user(const session_layout::session_record& session) const noexcept;
    void index_sessions(bool users_are_unique) noexcept;
    void order_sessions() noexcept;
    void drop_users_without_sessions() noexcept;

    session_layout::header* header_ = nullptr;
    index* session_buckets_ = nullptr;
    index* user_buckets_ = nullptr;
    session_layout::session_record* sessions_ = nullptr;
    session_layout::user_record* users_ = nullptr;
    std::uint32_t capacity_ = 0;
    std::uint32_t bucket_mask_ = 0;
};

} // namespace auth
