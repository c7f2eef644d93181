#pragma once

#include "base/secret.h"

#include <string>
#include <string_view>

namespace auth {

/// A line of a password file, `NAME:HASH`, as htpasswd writes it and
/// auth_basic_user_file reads it. A comment may follow after another colon.
struct password_line {
    std::string name;
    secret hash;
    /// Why the line gives no user; empty if it gives one. It holds nothing of
    /// the hash.
    std::string problem;

    bool blank() const noexcept { return name.empty() && problem.empty(); }
};

/// Reads a line, with or without a carriage return at its end. A line that is
/// empty or begins with `#` is blank.
password_line read_password_line(std::string_view line);

} // namespace auth
