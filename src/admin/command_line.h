#pragma once

#include <optional>
#include <string>
#include <vector>

namespace auth {

/// What was asked for.
struct command_line {
    enum class verb {
        add,
        import,
        list,
        passwd,
        disable,
        enable,
        roles,
        remove,
        backup,
        restore
    };
    verb command = verb::list;
    std::string user; ///< all that change a user
    std::string file; ///< import ("-": standard input), backup, restore
    std::vector<std::string> roles; ///< add, roles
    bool no_roles = false;          ///< roles --none
    bool force = false;             ///< add, passwd
    bool create = false;            ///< add, import
    bool yes = false;               ///< delete, restore

    std::string store;  ///< a URI, or empty: the realm's
    std::string config; ///< nginx's configuration; empty: none is read
    std::string realm;  ///< or empty: the only one
    std::string prefix; ///< nginx's, for relative paths of databases
    bool json = false;
};

/// Reads the arguments. Nothing when help was asked for, which has been
/// printed then. Throws failure.
std::optional<command_line> parse_command_line(int argc, char** argv);

} // namespace auth
