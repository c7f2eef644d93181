#pragma once

#include "store/sqlite_connection.h"
#include "store/user_store.h"

#include <string>
#include <vector>

namespace auth {

/// Reads a row with the columns id, username, password, disabled, roles.
/// Fails as unusable; then `user` has the fields that could be read.
store_outcome read_user_row(const sqlite_query& row, stored_user& user);

/// Writes roles as column `roles` holds them: a list with commas, as in the
/// directive `auth_login roles=a,b`. Returns false if a role is empty or has a
/// comma.
bool join_roles(const std::vector<std::string>& roles, std::string& list);

} // namespace auth
