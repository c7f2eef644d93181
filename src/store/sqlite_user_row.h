#pragma once

#include "store/sqlite_connection.h"
#include "store/user_store.h"

#include <string>
#include <vector>

namespace auth {

/// Reads a row with the columns id, username, password, disabled, roles:
/// done or unusable; then the fields that could be read are set.
store_answer read_user_row(const sqlite_query& row, stored_user& user);

/// Roles as column `roles` holds them: a list with commas, as in the directive
/// `auth_login roles=a,b`. False when a role is empty or has a comma itself.
bool join_roles(const std::vector<std::string>& roles, std::string& list);

} // namespace auth
