#pragma once

#include "base/secret.h"

#include <string>

namespace auth {

bool input_is_terminal() noexcept;

/// Reads a new password. On a terminal it asks twice, without echo. Afterwards
/// the terminal is as before, also if a signal ends the program. Otherwise it
/// reads one line of standard input, and nothing behind it. Throws failure if
/// there is no password, or if it is too long for a form of the module.
secret ask_new_password(const std::string& username);

/// Asks a question on the terminal. Returns true after "y" or "yes".
bool confirm(const std::string& question);

} // namespace auth
