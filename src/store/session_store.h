#pragma once

#include "base/sha256.h"
#include "store/store_result.h"
#include "store/store_time.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace auth {

/// What a stored session is for.
enum class session_kind {
    login, ///< a person who has logged in
    app    ///< an app password: reserved, no such session is made yet
};

/// A session as the collection or table `ngx_auth_sessions` has it. Nothing of
/// it changes after insert() but `seen`. Times are milliseconds since 1970 by
/// the store's clock (session_store::now()).
struct stored_session {
    sha256_digest digest{}; ///< the key: SHA-256 of the token
    session_kind kind = session_kind::login;
    std::string realm;
    bool secure = false;     ///< the kind of cookie that has the token
    bool remembered = false; ///< lives longer than others: session_remember
    std::string user_id;
    std::int64_t epoch = 0;     ///< of the user, when the session was made
    std::uint64_t password = 0; ///< fingerprint of the user's password, then
    std::int64_t created = 0;
    std::int64_t seen = 0;  ///< last use; may be a sixth of the idle time old
    std::int64_t until = 0; ///< the end of the lifetime
    /// When the password and the code of a second step were shown; 0: never.
    std::int64_t password_shown = 0;
    std::int64_t code_shown = 0;
    std::string address; ///< of the client that logged in, as text
    std::string browser; ///< its User-Agent: UTF-8, at most max_browser bytes

    static constexpr std::size_t max_browser = 200;
};

/// Tells every nginx on a store that sessions have ended: one session, or all
/// sessions of a user of a lower epoch. To apply it twice does no harm.
struct revocation {
    std::int64_t at = 0;                  ///< when it was appended
    std::optional<sha256_digest> session; ///< none: those of the user
    std::string user_id;
    std::int64_t epoch = 0; ///< sessions of this epoch live on
};

/// A use of a session, to be noted.
struct session_use {
    sha256_digest digest{};
    std::int64_t seen = 0;
};

/// The place where sessions are kept besides the zone, and from which every
/// nginx on the store learns that sessions have ended.
///
/// Threads, time limits and errors are as in user_store: every function may
/// block, but now(), and only std::bad_alloc may be thrown. Reads ask the
/// primary; writes are confirmed by a majority.
class session_store
{
public:
    virtual ~session_store() = default;

    /// The same store for one operation, whose calls count in `time`: a store
    /// with time limits fails as unavailable when all of it is spent. This
    /// store and `time` must outlive the result.
    virtual std::shared_ptr<session_store> within(store_time& /*time*/)
    {
        return {std::shared_ptr<void>(), this};
    }

    /// Makes what is missing: the table, or the collections' indexes. Reads the
    /// store's clock if that was not read lately. Once it has succeeded it
    /// costs little. insert() calls it. A server without TTL
    /// indexes gets a note; purge() does their work. Fails as unavailable also
    /// if this nginx must not make sessions, because it has another key than
    /// those that others have made (mongo_key_id.h).
    virtual store_outcome prepare() = 0;

    /// The store's clock as far as known: this machine's, and for MongoDB the
    /// server's, once another function has read it: all but list(), trim() and
    /// touch() do. Does not block.
    virtual std::int64_t now() const noexcept = 0;

    /// How far the store's clock is ahead of this machine's, at least, when it
    /// was last read; 0 if it was not. Does not block.
    virtual std::int64_t ahead_ms() const noexcept = 0;

    /// Stores a new session whole or not at all. Fails as unusable (a text is
    /// no UTF-8 or too long), unavailable or unknown. To insert the same
    /// session again does no harm.
    virtual store_outcome insert(const stored_session& session) = 0;

    /// The session with this digest, of any realm and age. Fails as absent,
    /// unusable or unavailable.
    virtual store_result<stored_session> find(const sha256_digest& digest) = 0;

    /// Those of these sessions that are there, of any realm and age, in any
    /// order. It is one query, so ask for some hundreds at most. Fails as
    /// unavailable.
    virtual store_result<std::vector<sha256_digest>>
    present(const std::vector<sha256_digest>& sessions) = 0;

    /// Deletes a session, then appends its revocation, whether or not there was
    /// a session. Fails as unavailable or unknown; it may then be repeated.
    virtual store_outcome remove(const sha256_digest& digest) = 0;

    /// Deletes all sessions of a user of a lower epoch, then appends their
    /// revocation. Fails as remove() does.
    virtual store_outcome remove_lower_epochs(const std::string& user_id,
                                              std::int64_t epoch) = 0;

    /// Ends the oldest login sessions of a user in a realm, as remove() does,
    /// until `limit` are left; those that have come to `until` do not count.
    /// Returns those that it has ended. Fails as remove() does.
    virtual store_result<std::vector<sha256_digest>>
    trim(const std::string& user_id, const std::string& realm,
         std::size_t limit) = 0;

    /// The user's login sessions in a realm, or without a realm in all of
    /// them, that have not come to `until`, the latest first. Leaves out what
    /// is unusable. Fails as unavailable.
    virtual store_result<std::vector<stored_session>>
    list(const std::string& user_id,
         const std::optional<std::string>& realm) = 0;

    /// Notes uses. It never makes a session, and never moves `seen` back. Fails
    /// as unavailable or unknown; some uses may have been noted then.
    virtual store_outcome touch(const std::vector<session_use>& uses) = 0;

    /// The revocations that were appended within the last `within_ms`, the
    /// oldest first. Reads the store's clock first. After the clock was set, or
    /// another server with another clock has become the primary, it gives all
    /// that there are, and once more ten seconds later: writers may have used
    /// the old time. Leaves out what is unusable. Fails as unavailable.
    virtual store_result<std::vector<revocation>>
    poll(std::int64_t within_ms) = 0;

    /// Deletes some sessions that have come to `until`, and revocations that
    /// are older than an hour, if the store does not do so by itself. Call it
    /// now and then. It takes a second or two at most, and keeps nobody from
    /// writing for longer than some milliseconds.
    virtual store_outcome purge() = 0;
};

/// The ids of the keys with which a realm makes its sessions. The first one
/// makes them, the others are still known.
struct session_key_ids {
    std::string realm;
    std::vector<std::string> ids;
};

/// How long revocations are kept.
constexpr std::int64_t revocation_life_ms = 60 * 60 * 1000;

} // namespace auth
