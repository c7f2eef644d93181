#pragma once

#include "admin/command_line.h"
#include "admin/user_directory.h"

namespace auth {

/// Prints the sessions of a user that the store has, of all its realms. Throws
/// failure.
void list_sessions(const command_line& asked, user_directory& users);

/// Ends one session of a user, by its id, or all. Throws failure.
void log_out(const command_line& asked, user_directory& users);

} // namespace auth
