#pragma once

#include <stdexcept>
#include <string>

namespace auth {

/// How ngx-auth-admin ends; scripts rely on the numbers (see --help).
enum class exit_code : int {
    done = 0,
    usage = 1,         ///< the command line or the input makes no sense
    no_such_user = 2,  ///< there is no such user or session; `add`: the name
                       ///< is taken
    refused = 3,       ///< by the rules for names, passwords and roles
    unavailable = 4,   ///< the store is unavailable; nothing was changed
    failed = 5,        ///< nginx's configuration, or any other failure
    unknown = 6,       ///< the store's answer was lost: perhaps it was done
    not_confirmed = 7, ///< `delete`, `restore` or `forget-key` was not
};

/// Ends a command. The text says what is wrong and what to do. It holds no
/// password, no hash and no credentials of a URI.
class failure : public std::runtime_error
{
public:
    failure(exit_code code, const std::string& text)
        : std::runtime_error(text), code_(code)
    {}

    exit_code code() const noexcept { return code_; }

private:
    exit_code code_;
};

/// A failure that a child process has already printed.
class told_failure : public failure
{
public:
    explicit told_failure(exit_code code) : failure(code, "") {}
};

} // namespace auth
