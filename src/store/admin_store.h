#pragma once

#include "store/user_store.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace auth {

/// A user for an operator's eyes.
struct listed_user {
    std::string id;         ///< empty if the module cannot use it
    std::string username;   ///< as stored
    std::string created_at; ///< ISO 8601 in UTC, or empty
    bool disabled = false;
    std::vector<std::string> roles;
    secret password;     ///< as stored; not to be shown
    bool usable = true;  ///< false: nobody can log in, `problem` tells why
    std::string problem; ///< what is wrong with it, mostly empty; one line
    std::string place;   ///< where it stands for list()
};

/// What to change; the rest stays.
struct user_changes {
    secret password; ///< a hash, unless it is empty
    std::optional<bool> disabled;
    std::optional<std::vector<std::string>> roles;

    /// Whether the user's epoch is raised.
    bool ends_sessions() const
    {
        return !password.empty() || disabled.value_or(false);
    }
};

/// What operators do with users, besides what people do themselves. Time
/// limits and threads are as in user_store.
class admin_store : public user_store
{
public:
    /// Gives up to `limit` users who stand behind the place `after` (a user's,
    /// or empty: the start), in the order of their names' bytes; nobody is
    /// left when there are fewer. A name is its own place, but for numbers,
    /// which come last. Users without a name are not listed.
    virtual store_answer list(const std::string& after, std::size_t limit,
                              std::vector<listed_user>& page) = 0;

    /// Gives the users with one of these names, exactly as written (of one
    /// name there are several only where the unique index is missing).
    virtual store_answer look_up(const std::vector<std::string>& names,
                                 std::vector<listed_user>& found) = 0;

    /// Changes the user with this id, whatever others have changed meanwhile.
    /// What ends the user's sessions raises the epoch.
    /// done, absent, unusable (a role or a password that cannot be stored),
    /// unavailable or unknown. Doing it twice does no harm.
    virtual store_answer change_user(const std::string& id,
                                     const user_changes& changes) = 0;

    /// Removes the user with this id: done, absent, unavailable or unknown.
    virtual store_answer remove_user(const std::string& id) = 0;

    /// Shows all users, page by page, in the order of list().
    store_answer
    for_each_user(const std::function<void(const listed_user&)>& visit);
};

} // namespace auth
