#include "sqlite_schema.h"

#include <chrono>
#include <set>
#include <sqlite3.h>
#include <thread>

namespace auth {

namespace {

/// `roles` is a list with commas, as in the directive `auth_login roles=a,b`:
/// a role cannot hold a comma. `created_at` is ISO 8601 in UTC.
constexpr char create_table[] = "CREATE TABLE IF NOT EXISTS users ("
                                " id TEXT PRIMARY KEY NOT NULL,"
                                " username TEXT NOT NULL,"
                                " password TEXT NOT NULL,"
                                " created_at TEXT,"
                                " disabled INTEGER NOT NULL DEFAULT 0,"
                                " roles TEXT NOT NULL DEFAULT '',"
                                " password_origin TEXT NOT NULL DEFAULT '')";

/// The second index answers whether a stored name in other capitals exists;
/// SQLite's NOCASE folds the ASCII letters and no others.
constexpr char create_indexes[] =
    "CREATE UNIQUE INDEX IF NOT EXISTS users_username ON users (username);"
    "CREATE INDEX IF NOT EXISTS users_username_folded"
    " ON users (username COLLATE NOCASE);"
    "PRAGMA user_version=1";
static_assert(sqlite_schema_version == 1, "create_indexes sets it");

struct optional_column {
    const char* name;
    const char* add;
};

constexpr optional_column optional_columns[] = {
    {"created_at", "ALTER TABLE users ADD COLUMN created_at TEXT"},
    {"disabled", "ALTER TABLE users ADD COLUMN disabled INTEGER NOT NULL"
                 " DEFAULT 0"},
    {"roles", "ALTER TABLE users ADD COLUMN roles TEXT NOT NULL DEFAULT ''"},
    {"password_origin", "ALTER TABLE users ADD COLUMN password_origin TEXT"
                        " NOT NULL DEFAULT ''"},
};

bool read_columns(sqlite_connection& connection, std::set<std::string>& names)
{
    sqlite3_stmt* statement =
        connection.statement("SELECT name FROM pragma_table_info('users')");
    if (!statement) {
        return false;
    }
    sqlite_query query(statement);
    int step = query.step();
    for (; step == SQLITE_ROW; step = query.step()) {
        names.emplace(query.bytes(0));
    }
    return step == SQLITE_DONE;
}

/// Inside a transaction. `missing` is set when the table cannot be used.
bool complete_table(sqlite_connection& connection, std::string& missing)
{
    std::set<std::string> names;
    if (!read_columns(connection, names)) {
        return false;
    }
    for (const char* name : {"id", "username", "password"}) {
        if (names.count(name) == 0) {
            missing = name;
            return false;
        }
    }
    for (const optional_column& column : optional_columns) {
        if (names.count(column.name) == 0 &&
            connection.execute(column.add) != SQLITE_OK) {
            return false;
        }
    }
    return connection.execute(create_indexes) == SQLITE_OK;
}

/// One attempt; false with SQLITE_BUSY in last_error() can be repeated.
bool make_schema_once(sqlite_connection& connection, std::string& missing)
{
    // Outside of the transaction, where the journal mode cannot change.
    if (connection.execute("PRAGMA journal_mode=WAL") != SQLITE_OK ||
        connection.execute("BEGIN IMMEDIATE") != SQLITE_OK) {
        return false;
    }
    // Another process may have been faster, or newer.
    if (connection.read_schema_version() == SQLITE_OK &&
        connection.schema_version() != 0) {
        return connection.execute("ROLLBACK") == SQLITE_OK;
    }
    return connection.execute(create_table) == SQLITE_OK &&
           complete_table(connection, missing) &&
           connection.execute("COMMIT") == SQLITE_OK &&
           connection.read_schema_version() == SQLITE_OK;
}

store_answer explain_failure(const sqlite_database& database,
                             sqlite_database::lease& connection,
                             const std::string& missing)
{
    const std::string file = "\"" + database.path() + "\"";
    if (!missing.empty()) {
        return {store_answer::code::unavailable,
                "table users in " + file + " has no column " + missing +
                    ": move it out of the way, or name another file"};
    }
    if ((connection->last_error() & 0xff) == SQLITE_CONSTRAINT) {
        return {store_answer::code::unavailable,
                "table users in " + file +
                    " holds a username twice; find it with SELECT username "
                    "FROM users GROUP BY username HAVING count(*) > 1 and "
                    "remove or rename one"};
    }
    return connection.fail("prepare");
}

} // namespace

store_answer newer_sqlite_schema(const sqlite_database& database, int version)
{
    return {store_answer::code::unavailable,
            "\"" + database.path() +
                "\" was made by a newer version of this module (schema " +
                std::to_string(version) + ", this one knows " +
                std::to_string(sqlite_schema_version) +
                "): install that version"};
}

store_answer make_sqlite_schema(sqlite_database& database,
                                sqlite_database::lease& connection)
{
    while (connection->schema_version() == 0) {
        std::string missing;
        if (make_schema_once(*connection, missing)) {
            break;
        }
        store_answer problem;
        bool busy = missing.empty() &&
                    (connection->last_error() & 0xff) == SQLITE_BUSY &&
                    std::chrono::steady_clock::now() < connection->deadline();
        if (!busy) {
            problem = explain_failure(database, connection, missing);
        }
        connection->roll_back();
        if (!busy) {
            return problem;
        }
        // The switch to WAL does not wait for others by itself.
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    if (connection->schema_version() > sqlite_schema_version) {
        return newer_sqlite_schema(database, connection->schema_version());
    }
    return {store_answer::code::done, {}};
}

} // namespace auth
