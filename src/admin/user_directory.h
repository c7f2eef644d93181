#pragma once

#include "admin/settings.h"

#include "store/admin_store.h"
#include "store/session_store.h"
#include "store/store_uri.h"

#include <functional>
#include <string>

namespace auth {

/// The users of a store, as an operator works on them. Whatever cannot be done
/// throws failure, which says how the program ends.
class user_directory
{
public:
    /// Opens nothing yet. `create`: an SQLite file may be made.
    user_directory(const realm_settings& with, bool create)
        : with_(with), create_(create)
    {}

    /// The store. Opens it at the first call; a process that may do so becomes
    /// the owner of the SQLite file.
    admin_store& store();
    /// The sessions in the same store.
    session_store& sessions();

    /// The user with the name that was typed: exactly, or in small letters, as
    /// at a login.
    listed_user find(const std::string& typed);

    /// Calls `visit` for each user, in the order of their names.
    void for_each(const std::function<void(const listed_user&)>& visit);

    /// Adds the user. Returns the user as stored.
    listed_user add(const stored_user& user);
    /// Refuses a name that is taken, in any capitals.
    void refuse_taken(const std::string& username);

    /// Refuses a user whom the store cannot change, because the id is not of
    /// its kind.
    static void refuse_unknown_id(const listed_user& user);
    /// Changes the user in the store and in this object.
    void change(listed_user& user, const user_changes& changes);
    void remove(const listed_user& user);

private:
    opened_store& open();

    const realm_settings& with_;
    bool create_;
    opened_store opened_;
};

} // namespace auth
