#pragma once

#include "base/secret.h"
#include "store/store_result.h"
#include "store/store_time.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// A user as the collection or table `users` has it.
struct stored_user {
    std::string id; ///< 24 small hexadecimal digits; mongo_id.h has others
    std::string username; ///< in its stored spelling
    secret password;      ///< the stored hash, normally a PHC string
    bool disabled = false;
    std::vector<std::string> roles;
    /// Field `password_origin`, kept for account/password_fingerprint.h; empty
    /// where there is none.
    std::string password_origin;
    /// How often all sessions of the user have been ended; 0 if nothing is
    /// stored. A write that ends them raises the epoch itself. So a session, or
    /// a login under way, of a lower epoch is known to be dead, whatever the
    /// clocks say.
    std::int64_t epoch = 0;
    /// What an operator should know about the document although the user can
    /// log in: one line, or empty. The store sets it and does not store it.
    std::string detail;
};

/// The place where users are kept.
///
/// Every function may block for as long as the store's time limits say, so do
/// not call it in the event loop. Several threads may call any function at
/// once. The constructor touches neither network nor disk, so a store can be
/// made before or after fork and while the server is down. It connects on first
/// use, in the calling thread. Errors are values; only std::bad_alloc may be
/// thrown.
class user_store
{
public:
    virtual ~user_store() = default;

    /// The same store for one operation, whose calls count in `time`: a store
    /// with time limits fails as unavailable when all of it is spent. This
    /// store and `time` must outlive the result.
    virtual std::shared_ptr<user_store> within(store_time& /*time*/)
    {
        return {std::shared_ptr<void>(), this};
    }

    /// Looks for what registration needs (schema, unique index), and makes what
    /// is missing. Once it has succeeded it costs little. insert() calls it.
    virtual store_outcome prepare() = 0;

    /// Finds a user by name. `spellings` holds one or two names in order of
    /// preference: as typed, then folded. A single query asks for both, so that
    /// an unknown name takes as long as a known name. Fails as absent, unusable
    /// or unavailable.
    virtual store_result<stored_user>
    find(const std::vector<std::string>& spellings) = 0;

    /// Finds a user by id, by one query of the primary key. Fails as absent,
    /// unusable or unavailable.
    virtual store_result<stored_user> find_by_id(const std::string& id) = 0;

    /// Whether a stored name folds to `folded` (ASCII capitals to small
    /// letters), so that a new user cannot have it. Fails as unavailable.
    virtual store_result<bool> is_taken(const std::string& folded) = 0;

    /// Stores a new user whole or not at all. The caller makes `user.id` by
    /// new_user_id(). Fails as taken, unusable or unavailable. After a network
    /// error the store reads by id once; if that does not tell either, it fails
    /// as unknown.
    virtual store_outcome insert(const stored_user& user) = 0;

    /// Replaces the stored hash of the user with `user.id`, `password_origin`
    /// by that in `user`, and the epoch by `new_epoch`. That stays `user.epoch`
    /// for another hash of the same password; another password ends all
    /// sessions and needs one more.
    /// It does so only if the stored hash still is `user.password` and the
    /// epoch `user.epoch`; otherwise, and if the user is gone, it fails as
    /// changed. It fails as unknown if the answer of the server was lost and
    /// reading once did not tell.
    virtual store_outcome replace_password(const stored_user& user,
                                           std::string_view new_password,
                                           std::int64_t new_epoch) = 0;

    /// Ends all sessions of the user with `user.id`: makes the epoch one more
    /// than `user.epoch`. If the epoch is another one, it fails as changed.
    /// After a network error the store reads once: any later epoch has ended
    /// the sessions, too, and counts as done unless the hash is another one,
    /// which fails as changed. If that does not tell, it fails as unknown.
    virtual store_outcome raise_epoch(const stored_user& user) = 0;

    /// Calls `visit` with the stored password of every user, in any order,
    /// until it returns false. It leaves out passwords that are missing or no
    /// text. The text lives for that call only. The more users there are, the
    /// longer it takes, so no request may wait for it. It may show a user twice
    /// if a connection broke and was made anew. Fails as unavailable, and not
    /// because there are no users.
    virtual store_outcome
    for_each_password(const std::function<bool(std::string_view)>& visit) = 0;
};

/// The 24 digits of a new ObjectId: seconds since 1970, then 64 random bits.
/// Throws std::system_error if the kernel gives no random bytes.
std::string new_user_id();

/// Whether `text` is what new_user_id() gives: 24 small hexadecimal digits.
bool is_user_id(std::string_view text) noexcept;

} // namespace auth
