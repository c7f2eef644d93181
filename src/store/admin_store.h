#pragma once

#include "store/user_store.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace auth {

/// A user as an operator sees it.
struct listed_user {
    std::string id;         ///< empty if the module cannot use it
    std::string username;   ///< as stored
    std::string created_at; ///< ISO 8601 in UTC, or empty
    bool disabled = false;
    std::vector<std::string> roles;
    secret password;     ///< as stored; not to be shown
    bool usable = true;  ///< false: the user cannot log in, see `problem`
    std::string problem; ///< what is wrong, in one line; mostly empty
    std::string place;   ///< where the user stands in list()
};

/// The user whom a store has read, with what came of the reading. `created_at`
/// and `place` are still to be set.
listed_user list_user(stored_user user, const store_outcome& read);

/// What to change. Everything else stays.
struct user_changes {
    secret password; ///< a hash; empty: the password stays
    std::optional<bool> disabled;
    std::optional<std::vector<std::string>> roles;
    bool end_sessions = false; ///< log the user out everywhere

    /// Whether the user's epoch is raised.
    bool ends_sessions() const
    {
        return end_sessions || !password.empty() || disabled.value_or(false);
    }
};

/// What operators do with users, besides what users do themselves. Time limits
/// and threads are as in user_store.
class admin_store : public user_store
{
public:
    /// Gives up to `limit` users behind the place `after` (the place of a user,
    /// or empty for the start), in the order of their names' bytes. If it
    /// gives fewer, these are the last. The place of a user is the name, except
    /// for numbers, which come last. Users without a name are not listed.
    virtual store_result<std::vector<listed_user>>
    list(const std::string& after, std::size_t limit) = 0;

    /// Gives the users with one of these names, exactly as written. Several
    /// users have a name only if the unique index is missing.
    virtual store_result<std::vector<listed_user>>
    look_up(const std::vector<std::string>& names) = 0;

    // These two have a note if the user's sessions have ended, and not every
    // nginx learns it within two seconds.

    /// Changes the user with this id, even if others have changed the user in
    /// the meantime. A change that ends the user's sessions raises the epoch.
    /// To do it twice does no harm.
    /// Fails as absent, unusable (a role or a password cannot be stored),
    /// unavailable or unknown.
    virtual store_outcome change_user(const std::string& id,
                                      const user_changes& changes) = 0;

    /// Removes the user with this id. Fails as absent, unavailable or unknown.
    virtual store_outcome remove_user(const std::string& id) = 0;

    /// Calls `visit` for each user, in the order of list().
    store_outcome
    for_each_user(const std::function<void(const listed_user&)>& visit);
};

} // namespace auth
