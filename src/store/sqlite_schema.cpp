#include "store/sqlite_schema.h"

#include "base/text.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <sqlite3.h>
#include <thread>
#include <vector>

namespace auth {

namespace {

struct column {
    std::string_view name;
    std::string_view definition;
};

/// In the order of the statement that makes the table.
constexpr column needed_columns[] = {
    {"id", "id TEXT PRIMARY KEY NOT NULL"},
    {"username", "username TEXT NOT NULL"},
    {"password", "password TEXT NOT NULL"},
};

/// A table that an older module has made may lack these columns. `roles` is a
/// list with commas, as in the directive `auth_login roles=a,b`, so a role
/// cannot hold a comma. `created_at` is ISO 8601 in UTC.
constexpr column optional_columns[] = {
    {"created_at", "created_at TEXT"},
    {"disabled", "disabled INTEGER NOT NULL DEFAULT 0"},
    {"roles", "roles TEXT NOT NULL DEFAULT ''"},
    {"password_origin", "password_origin TEXT NOT NULL DEFAULT ''"},
    {"epoch", "epoch INTEGER NOT NULL DEFAULT 0"},
};

constexpr std::string_view table_start = "CREATE TABLE users (";

std::string create_table()
{
    std::string sql(table_start);
    for (const column& each : needed_columns) {
        sql.append(sql.back() == '(' ? " " : ", ").append(each.definition);
    }
    for (const column& each : optional_columns) {
        sql.append(", ").append(each.definition);
    }
    return sql + ")";
}

/// An index that table users needs.
struct needed_index {
    const char* name;
    const char* is_there; ///< a query with a row if an index does the work
    const char* create;
};

/// An index of any name does the work if it covers every row, has the names
/// alone, and compares as it has to. The second index answers whether a name is
/// stored in other capitals; NOCASE folds the ASCII letters and no others.
constexpr needed_index needed_indexes[] = {
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

/// What has to be done to the schema of a file of this module.
struct shortcomings {
    bool no_table = false;
    std::string unusable; ///< a column that is needed and missing
    std::vector<const column*> columns;
    std::vector<const needed_index*> indexes;
    bool unmarked = false;
    bool no_version = false;
    bool no_wal = false;

    bool any() const noexcept
    {
        return no_table || !unusable.empty() || !columns.empty() ||
               !indexes.empty() || unmarked || no_version || no_wal;
    }
};

/// Reads the first column of a query's rows. Returns false after an error.
bool read_names(sqlite_connection& connection, const char* sql,
                std::set<std::string, std::less<>>& names)
{
    sqlite3_stmt* statement = connection.statement(sql);
    if (statement == nullptr) {
        return false;
    }
    sqlite_query query(statement);
    int step = query.step();
    for (; step == SQLITE_ROW; step = query.step()) {
        names.emplace(query.bytes(0));
    }
    return step == SQLITE_DONE;
}

bool look_at_table(sqlite_connection& connection, shortcomings& found)
{
    std::set<std::string, std::less<>> names;
    if (!read_names(connection, "SELECT name FROM pragma_table_info('users')",
                    names)) {
        return false;
    }
    found.no_table = names.empty();
    for (const column& each : needed_columns) {
        if (!found.no_table && names.count(each.name) == 0) {
            found.unusable = each.name;
        }
    }
    for (const column& each : optional_columns) {
        if (!found.no_table && names.count(each.name) == 0) {
            found.columns.push_back(&each);
        }
    }
    for (const needed_index& each : needed_indexes) {
        std::set<std::string, std::less<>> rows;
        if (!read_names(connection, each.is_there, rows)) {
            return false;
        }
        if (rows.empty()) {
            found.indexes.push_back(&each);
        }
    }
    return true;
}

bool look(sqlite_connection& connection, sqlite_owner& owner,
          shortcomings& found)
{
    if (!read_sqlite_owner(connection, owner)) {
        return false;
    }
    if (!owner.usable() || owner.schema_version > sqlite_schema_version) {
        return true;
    }
    found.unmarked = owner.is != sqlite_owner::who::ours;
    found.no_version = owner.schema_version == 0;
    std::set<std::string, std::less<>> mode;
    if (!read_names(connection, "PRAGMA journal_mode", mode)) {
        return false;
    }
    found.no_wal = connection.how() == sqlite_connection::mode::shared &&
                   mode.count("wal") == 0;
    return look_at_table(connection, found);
}

bool run(sqlite_connection& connection, const std::string& sql)
{
    return connection.execute(sql.c_str()) == SQLITE_OK;
}

bool mark(sqlite_connection& connection)
{
    return run(connection, "PRAGMA application_id=" +
                               std::to_string(sqlite_application_id));
}

/// Marks the file, if it is still nobody's. The mark comes before everything
/// else and before the switch to WAL, so that it is in the file itself. A
/// program that looks without SQLite then sees it.
bool mark_empty_file(sqlite_connection& connection)
{
    sqlite_owner owner;
    return run(connection, "BEGIN IMMEDIATE") &&
           read_sqlite_owner(connection, owner) &&
           (owner.is != sqlite_owner::who::nobody || mark(connection)) &&
           run(connection, "COMMIT");
}

bool remake_index(sqlite_connection& connection, const needed_index& index)
{
    // An index of this name may exist and not do the work.
    std::set<std::string, std::less<>> names;
    return read_names(connection, "SELECT name FROM pragma_index_list('users')",
                      names) &&
           (names.count(index.name) == 0 ||
            run(connection, std::string("DROP INDEX ") + index.name)) &&
           run(connection, index.create);
}

/// Makes what is missing, in a transaction.
bool repair(sqlite_connection& connection, const shortcomings& found)
{
    if (found.no_table && !run(connection, create_table())) {
        return false;
    }
    for (const column* each : found.columns) {
        if (!run(connection, "ALTER TABLE users ADD COLUMN " +
                                 std::string(each->definition))) {
            return false;
        }
    }
    for (const needed_index* each : found.indexes) {
        if (!remake_index(connection, *each)) {
            return false;
        }
    }
    return (!found.unmarked || mark(connection)) &&
           (!found.no_version ||
            run(connection, "PRAGMA user_version=" +
                                std::to_string(sqlite_schema_version)));
}

/// One attempt. After false, with SQLITE_BUSY in last_error(), it may be
/// repeated.
bool make_schema_once(sqlite_connection& connection, const sqlite_owner& before)
{
    if (before.is == sqlite_owner::who::nobody) {
        return mark_empty_file(connection);
    }
    // The journal mode cannot change inside of a transaction.
    if (!run(connection, "PRAGMA journal_mode=WAL") ||
        !run(connection, "BEGIN IMMEDIATE")) {
        return false;
    }
    // Another process may have been faster: also a newer module, or another
    // program.
    sqlite_owner owner;
    shortcomings found;
    if (!look(connection, owner, found)) {
        return false;
    }
    const bool is_ours =
        owner.usable() && owner.schema_version <= sqlite_schema_version;
    return (!is_ours || repair(connection, found)) && run(connection, "COMMIT");
}

tl::unexpected<store_failure> unavailable(std::string text)
{
    return failed(store_failure::code::unavailable, std::move(text));
}

/// What is wrong with them beyond repair, or empty.
std::string complaint_of_tables(const std::string& path,
                                const sqlite_owner& owner,
                                const shortcomings& found)
{
    if (!owner.usable()) {
        return describe_other_owner(path, owner);
    }
    if (owner.schema_version > sqlite_schema_version) {
        return describe_newer_schema(path, owner.schema_version);
    }
    if (!found.unusable.empty()) {
        return "table users in \"" + path + "\" has no column " +
               found.unusable + ": restore the file from a backup";
    }
    if (found.no_table && owner.schema_version != 0) {
        return "table users is gone from \"" + path +
               "\": restore the file from a backup";
    }
    return {};
}

tl::unexpected<store_failure>
explain_failure(const sqlite_database& database,
                sqlite_database::lease& connection)
{
    if ((connection->last_error() & 0xff) == SQLITE_CONSTRAINT) {
        return unavailable("table users in \"" + database.path() +
                           "\" holds a username twice; find it with SELECT "
                           "username FROM users GROUP BY username HAVING "
                           "count(*) > 1 and remove or rename one");
    }
    return connection.fail("prepare");
}

/// Drops quotation marks around names and folds blanks: programs that show
/// databases write both in their own way.
std::string plain(std::string_view sql)
{
    std::string text;
    for (const char c : sql) {
        const bool is_blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
        if (is_blank && !text.empty() && text.back() != ' ') {
            text += ' ';
        } else if (!is_blank && c != '"' && c != '`' && c != '[' && c != ']') {
            text += c;
        }
    }
    return text;
}

} // namespace

bool is_our_users_table(std::string_view create_statement)
{
    const std::string text = plain(create_statement);
    if (text.compare(0, table_start.size(), table_start) != 0 ||
        text.back() != ')') {
        return false;
    }
    std::string_view rest(text);
    rest.remove_prefix(table_start.size());
    rest.remove_suffix(1);
    const column* needed = std::begin(needed_columns);
    while (!rest.empty()) {
        const std::string_view definition = trim(take_part(rest, ","), " ");
        const auto is_it = [&](const column& each) {
            return each.definition == definition;
        };
        if (needed != std::end(needed_columns)) {
            if (!is_it(*needed++)) {
                return false;
            }
        } else if (std::none_of(std::begin(optional_columns),
                                std::end(optional_columns), is_it)) {
            return false;
        }
    }
    return needed == std::end(needed_columns);
}

bool is_our_index(std::string_view name) noexcept
{
    return std::any_of(
        std::begin(needed_indexes), std::end(needed_indexes),
        [name](const needed_index& each) { return each.name == name; });
}

store_outcome check_sqlite_schema(sqlite_database& database,
                                  sqlite_database::lease& connection,
                                  bool make_table)
{
    while (true) {
        std::int64_t cookie = 0;
        if (!connection->read_number("PRAGMA schema_version", cookie)) {
            return connection.fail("read");
        }
        if (connection->checked_schema() == cookie) {
            return store_note{};
        }
        sqlite_owner owner;
        shortcomings found;
        if (!look(*connection, owner, found)) {
            return connection.fail("read");
        }
        std::string complaint =
            complaint_of_tables(database.path(), owner, found);
        if (!complaint.empty()) {
            return unavailable(std::move(complaint));
        }
        if (found.no_table && !make_table) {
            return failed(store_failure::code::absent);
        }
        if (!found.any()) {
            connection->set_checked_schema(cookie);
            return store_note{};
        }
        if (make_schema_once(*connection, owner)) {
            continue; // and looks at what there is now
        }
        const bool busy =
            (connection->last_error() & 0xff) == SQLITE_BUSY &&
            std::chrono::steady_clock::now() < connection->deadline();
        if (!busy) {
            auto problem = explain_failure(database, connection);
            connection->roll_back();
            return problem;
        }
        connection->roll_back();
        // SQLite does not wait for others in the switch to WAL.
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
}

bool complete_sqlite_copy(sqlite_connection& copy)
{
    sqlite_owner owner;
    shortcomings found;
    return look(copy, owner, found) && repair(copy, found);
}

} // namespace auth
