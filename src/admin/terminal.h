#pragma once

#include "base/secret.h"

#include <string>

namespace auth {

bool input_is_terminal() noexcept;

/// A new password. On a terminal it is asked for twice, without echo; the
/// terminal is as before afterwards, also when a signal ends the program.
/// Otherwise it is one line of standard input, of which no more is read.
/// Throws failure when there is none, or when it cannot be a password in any
/// form of nginx's.
secret ask_new_password(const std::string& username);

/// Asks a question on the terminal; true after "y" or "yes".
bool confirm(const std::string& question);

} // namespace auth
