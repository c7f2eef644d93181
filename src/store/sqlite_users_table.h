#pragma once

#include <string>
#include <string_view>

namespace auth {

/// The version of table `users` that this module makes and understands (PRAGMA
/// user_version). New columns do not raise it, so that an older module still
/// works on the file.
constexpr int sqlite_schema_version = 1;

/// The names of this module's further tables begin with this. They do not raise
/// sqlite_schema_version either.
constexpr std::string_view own_table_prefix = "ngx_auth_";

/// A column of table `users`.
struct users_column {
    std::string_view name;
    std::string_view definition;
};

/// In the order of the statement that makes the table.
inline constexpr users_column needed_users_columns[] = {
    {"id", "id TEXT PRIMARY KEY NOT NULL"},
    {"username", "username TEXT NOT NULL"},
    {"password", "password TEXT NOT NULL"},
};

/// A table that an older module has made may lack these columns. `roles` is a
/// list with commas, as in the directive `auth_login roles=a,b`, so a role
/// cannot hold a comma. `created_at` is ISO 8601 in UTC.
inline constexpr users_column optional_users_columns[] = {
    {"created_at", "created_at TEXT"},
    {"disabled", "disabled INTEGER NOT NULL DEFAULT 0"},
    {"roles", "roles TEXT NOT NULL DEFAULT ''"},
    {"password_origin", "password_origin TEXT NOT NULL DEFAULT ''"},
    {"epoch", "epoch INTEGER NOT NULL DEFAULT 0"},
};

/// An index that table `users` needs.
struct users_index {
    const char* name;
    const char* is_there; ///< a query with a row if an index does the work
    const char* create;
};

/// An index of any name does the work if it covers every row, has the names
/// alone, and compares as it has to. The second index answers whether a name is
/// stored in other capitals; NOCASE folds the ASCII letters and no others.
inline constexpr users_index users_indexes[] = {
    {"users_username",
     "SELECT 1 FROM pragma_index_list('users') AS i WHERE i.\"unique\" "
     "AND NOT i.partial AND 1 = (SELECT count(*) FROM "
     "pragma_index_xinfo(i.name) WHERE key) AND EXISTS (SELECT 1 FROM "
     "pragma_index_xinfo(i.name) WHERE key AND name = 'username' AND "
     "coll = 'BINARY')",
     "CREATE UNIQUE INDEX users_username ON users (username)"},
    {"users_username_folded",
     "SELECT 1 FROM pragma_index_list('users') AS i WHERE NOT i.partial AND "
     "1 = (SELECT count(*) FROM pragma_index_xinfo(i.name) WHERE key) AND "
     "EXISTS (SELECT 1 FROM pragma_index_xinfo(i.name) WHERE key AND "
     "name = 'username' AND coll = 'NOCASE')",
     "CREATE INDEX users_username_folded ON users (username COLLATE NOCASE)"},
};

/// The statement that makes the table.
std::string create_users_table();

/// Whether this module has made table `users`. The statement tells, which the
/// database keeps. A table of an older module, which lacks some of the optional
/// columns, counts, too.
bool is_our_users_table(std::string_view create_statement);

/// Whether this module makes an index of this name.
bool is_our_index(std::string_view name) noexcept;

} // namespace auth
