#pragma once

#include <optional>
#include <string>
#include <vector>

namespace auth {

/// The arguments of the program.
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
        sessions,
        logout,
        backup,
        restore,
        forget_key
    };
    verb command = verb::list;
    std::string user; ///< all commands about one user
    std::string file; ///< import ("-": standard input), backup, restore
    std::vector<std::string> roles; ///< add, roles
    bool no_roles = false;          ///< roles --none
    bool force = false;             ///< add, passwd
    bool create = false;            ///< add, import
    bool yes = false;               ///< delete, restore, forget-key
    bool without_key = false;       ///< restore
    std::string session;            ///< logout: a public id; mostly empty
    bool all = false;               ///< logout

    std::string store;  ///< a URI; empty: that of the realm
    std::string config; ///< nginx's configuration; empty: none is read
    std::string realm;  ///< empty: the only realm
    std::string prefix; ///< nginx's prefix, for relative paths of databases
    bool json = false;
};

/// Reads the arguments. Prints the help or the version if they ask for it, and
/// then returns nothing. Throws failure.
std::optional<command_line> parse_command_line(int argc, char** argv);

} // namespace auth
