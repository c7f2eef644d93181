#pragma once

#include "base/secret.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// A user's document as it is stored (design: collection or table `users`).
struct stored_user {
    std::string id;       ///< 24 lower-case hexadecimal digits
    std::string username; ///< in its stored spelling
    secret password;      ///< the hash, as stored: normally a PHC string
    bool disabled = false;
    std::vector<std::string> roles;
    /// Field `password_origin`, kept for account/password_fingerprint.h; empty
    /// where there is none.
    std::string password_origin;
    /// How often all of the user's sessions have been ended; 0 where nothing
    /// is stored. Whatever ends them raises it in the write that causes it, so
    /// that a session, or a login under way, of a lower epoch is known to be
    /// dead whichever clock says what.
    std::int64_t epoch = 0;
};

/// What a store answers. `detail` is one line for the error log (never a
/// password, a hash or a URI's credentials); empty when there is nothing to
/// say. It is written for an operator: what happened and what to do.
struct store_answer {
    enum class code {
        done,        ///< found, inserted, replaced, prepared
        absent,      ///< no such user
        taken,       ///< insert: the name is taken
        changed,     ///< an update: the document has changed meanwhile
        unusable,    ///< the document is there but cannot be used; see detail
        unavailable, ///< store down, slow or refusing; nothing was written
        unknown      ///< a write: it may or may not have happened
    };
    code status = code::unavailable;
    std::string detail;

    bool done() const noexcept { return status == code::done; }
};

/// Where users are kept.
///
/// Every function may block for as long as the store's own time limits say,
/// so none is called in the event loop. All are safe to call from several
/// threads at once. A store connects on first use, in the calling thread:
/// constructing one touches neither network nor disk, so that it can be made
/// before or after fork and with the server down. Errors are values; only
/// std::bad_alloc may be thrown.
class user_store
{
public:
    virtual ~user_store() = default;

    /// Looks for what registration needs (schema, unique index) and makes
    /// what is missing. Cheap once it has succeeded; insert() calls it.
    virtual store_answer prepare() = 0;

    /// Finds a user by name. `spellings` holds one or two names in order of
    /// preference (as typed, then folded); they are asked for in a single
    /// query, so that an unknown name takes as long as a known one.
    virtual store_answer find(const std::vector<std::string>& spellings,
                              stored_user& found) = 0;

    /// Tells whether a new name is free: absent when no stored name folds
    /// (ASCII capitals to small letters) to `folded`, taken when one does.
    virtual store_answer find_folded(const std::string& folded) = 0;

    /// Stores a new user whole or not at all. `user.id` is made by the caller
    /// (new_user_id()). After a network error it reads by id once; if that
    /// does not tell either, the answer is unknown.
    virtual store_answer insert(const stored_user& user) = 0;

    /// Replaces the stored hash of the user with `user.id` by another one of
    /// the same password, if it still is `user.password` in `user.epoch`, and
    /// with it `password_origin` by the one in `user`; else changed (a user who
    /// is gone is changed, too).
    /// unknown when the answer was lost and reading once did not tell.
    virtual store_answer replace_password(const stored_user& user,
                                          std::string_view new_password) = 0;

    /// The same for another password, which ends all sessions: the epoch
    /// becomes one more than `user.epoch`.
    virtual store_answer change_password(const stored_user& user,
                                         std::string_view new_password) = 0;

    /// Ends all sessions of the user with `user.id`: makes the epoch one more
    /// than `user.epoch`, if it still is that; else changed.
    /// unknown when the answer was lost: a later epoch than `user.epoch` has
    /// the same effect, whoever raised it.
    virtual store_answer raise_epoch(const stored_user& user) = 0;

    /// Shows the stored password of every user to `visit`, in any order, until
    /// it returns false; those that are missing or no text are left out. Takes
    /// as long as there are users, so no request waits for it. What is shown
    /// lives for that call only. Users may be shown twice where a connection
    /// broke and was made anew.
    /// done (also where nobody is stored) or unavailable.
    virtual store_answer
    for_each_password(const std::function<bool(std::string_view)>& visit) = 0;
};

/// A new ObjectId's 24 digits: seconds since 1970, then 64 random bits.
/// Throws std::system_error when the kernel gives no random bytes.
std::string new_user_id();

/// Whether `text` is what new_user_id() gives: 24 small hexadecimal digits.
bool is_user_id(std::string_view text) noexcept;

} // namespace auth
