#pragma once

#include "base/secret.h"

#include <string>
#include <string_view>

namespace auth {

/// What a line of a password file says: `NAME:HASH`, as htpasswd writes it and
/// auth_basic_user_file reads it, with a comment after another colon.
struct password_line {
    std::string name;
    secret hash;
    /// Why this line is nobody's; empty if it is somebody's. It holds nothing
    /// of the hash.
    std::string problem;

    bool blank() const noexcept { return name.empty() && problem.empty(); }
};

/// Reads a line, with or without a carriage return at its end. One that is
/// empty or begins with `#` is blank.
password_line read_password_line(std::string_view line);

} // namespace auth
