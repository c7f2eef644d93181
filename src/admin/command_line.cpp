#include "admin/command_line.h"

#include "admin/failure.h"

#include "base/version.h"

#include <CLI/CLI.hpp>

#include <map>

#ifndef NGX_CONF_PATH
#define NGX_CONF_PATH "/etc/nginx/nginx.conf"
#endif
#ifndef NGX_PREFIX
#define NGX_PREFIX "/usr/share/nginx"
#endif

namespace auth {

namespace {

using verb = command_line::verb;

constexpr char description[] =
    "Adds, shows, changes, saves and restores the users of "
    "ngx_http_auth_module, also while nginx runs.";

constexpr char footer[] = R"(
The store is that of the auth_realm block in nginx's configuration, whose
password_hash, password_policy and username_reserved apply. --store names
another one; alone it needs no configuration, and the defaults apply.

A password is asked for on a terminal, else read as one line from standard
input. It is never an argument.

Exit status:
  0  done
  1  usage error
  2  no such user or session; add: the name is taken
  3  refused by the rules for names, passwords or roles; import: some lines were
  4  the store is unavailable; nothing was changed
  5  nginx's configuration cannot be used, or another failure
  6  the store's answer was lost: it may have been done or not
  7  delete, restore, forget-key: not confirmed
)";

void add_user_argument(CLI::App* command, command_line& to)
{
    command->add_option("USER", to.user, "the name")->required();
}

void add_force(CLI::App* command, command_line& to, const char* help)
{
    command->add_flag("--force", to.force, help);
}

std::map<const CLI::App*, verb> describe_commands(CLI::App& app,
                                                  command_line& to)
{
    CLI::App* add = app.add_subcommand("add", "adds a user");
    add_user_argument(add, to);
    add->add_option("--roles", to.roles, "the user's roles")
        ->type_name("ROLE,...")
        ->expected(1);
    add_force(add, to,
              "also with a password that password_policy refuses, or a name "
              "that is reserved");
    add->add_flag("--create", to.create,
                  "makes the SQLite database if nginx has not yet");

    CLI::App* import = app.add_subcommand(
        "import", "adds the users of a password file, with their hashes");
    import
        ->add_option("FILE", to.file,
                     "lines NAME:HASH, as htpasswd writes them; - is standard "
                     "input. Names that are taken are skipped")
        ->required();
    import->add_flag("--create", to.create,
                     "makes the SQLite database if nginx has not yet");

    CLI::App* list = app.add_subcommand("list", "shows all users");

    CLI::App* passwd = app.add_subcommand("passwd", "changes a password");
    add_user_argument(passwd, to);
    add_force(passwd, to, "also to a password that password_policy refuses");

    CLI::App* disable =
        app.add_subcommand("disable", "keeps a user from logging in");
    add_user_argument(disable, to);

    CLI::App* enable = app.add_subcommand("enable", "the opposite of disable");
    add_user_argument(enable, to);

    CLI::App* roles = app.add_subcommand(
        "roles", "shows a user's roles, or replaces them all");
    add_user_argument(roles, to);
    auto* names = roles->add_option("ROLE", to.roles, "the new roles");
    roles->add_flag("--none", to.no_roles, "takes all roles away")
        ->excludes(names);

    CLI::App* remove = app.add_subcommand("delete", "deletes a user");
    add_user_argument(remove, to);
    remove->add_flag("--yes,-y", to.yes, "does not ask for confirmation");

    CLI::App* sessions = app.add_subcommand(
        "sessions", "shows a user's sessions that are kept in the store");
    add_user_argument(sessions, to);

    CLI::App* logout =
        app.add_subcommand("logout", "ends a session of a user, or all");
    add_user_argument(logout, to);
    auto* session = logout->add_option("ID", to.session,
                                       "the session, as \"sessions\" shows it");
    logout->add_flag("--all", to.all, "all sessions, in all realms")
        ->excludes(session);

    CLI::App* backup = app.add_subcommand(
        "backup", "copies a SQLite database into a new file, also while nginx "
                  "runs");
    backup->add_option("FILE", to.file, "the new file")->required();

    CLI::App* restore = app.add_subcommand(
        "restore", "makes a SQLite database what a copy holds, also while "
                   "nginx runs");
    restore->add_option("FILE", to.file, "the copy")->required();
    restore->add_flag("--yes,-y", to.yes, "does not ask for confirmation");
    restore->add_flag("--without-key", to.without_key,
                      "leaves the key beside the database alone: for a copy "
                      "whose key is lost");

    CLI::App* forget_key = app.add_subcommand(
        "forget-key", "lets a database be used with another key, when its own "
                      "is lost");
    forget_key->add_flag("--yes,-y", to.yes, "does not ask for confirmation");

    return {{add, verb::add},
            {import, verb::import},
            {list, verb::list},
            {passwd, verb::passwd},
            {disable, verb::disable},
            {enable, verb::enable},
            {roles, verb::roles},
            {remove, verb::remove},
            {sessions, verb::sessions},
            {logout, verb::logout},
            {backup, verb::backup},
            {restore, verb::restore},
            {forget_key, verb::forget_key}};
}

void describe_options(CLI::App& app, command_line& to)
{
    app.add_option("--store", to.store,
                   "sqlite:PATH, mongodb://HOST/DATABASE, "
                   "mongodb+srv://HOST/DATABASE, env:NAME or file:PATH. Other "
                   "users of this machine see arguments: put a URI with a "
                   "password into a file")
        ->type_name("URI");
    app.add_option("--config", to.config,
                   "nginx's configuration (default: " NGX_CONF_PATH ")")
        ->type_name("FILE");
    app.add_option("--realm", to.realm,
                   "the auth_realm block, where there are several")
        ->type_name("NAME");
    app.add_option("--prefix", to.prefix,
                   "nginx's prefix, for a relative path of a SQLite database "
                   "(default: " NGX_PREFIX ")")
        ->type_name("DIR");
    app.add_flag("--json", to.json, "answers in JSON");
}

} // namespace

std::optional<command_line> parse_command_line(int argc, char** argv)
{
    command_line parsed;
    CLI::App app(description, "ngx-auth-admin");
    app.set_help_flag("--help,-h", "shows this, or a command's own help");
    app.set_version_flag("--version", std::string("ngx-auth-admin ") + version,
                         "shows the version");
    app.footer(footer);
    app.require_subcommand(1);
    app.fallthrough();
    describe_options(app, parsed);
    const auto verbs = describe_commands(app, parsed);

    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& asked) {
        app.exit(asked);
        return std::nullopt;
    } catch (const CLI::ParseError& error) {
        throw failure(exit_code::usage,
                      std::string(error.what()) + " (see --help)");
    }
    parsed.command = verbs.at(app.get_subcommands().front());
    // With --store alone the program needs no configuration.
    if (parsed.store.empty() || !parsed.realm.empty()) {
        parsed.config = parsed.config.empty() ? NGX_CONF_PATH : parsed.config;
    }
    parsed.prefix = parsed.prefix.empty() ? NGX_PREFIX : parsed.prefix;
    return parsed;
}

} // namespace auth
