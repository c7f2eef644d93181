#include "store/sqlite_schema.h"

#include "store/sqlite_sessions_table.h"
#include "store/sqlite_users_table.h"

#include <chrono>
#include <set>
#include <sqlite3.h>
#include <thread>
#include <vector>

namespace auth {

namespace {

/// What has to be done to the schema of a file of this module.
struct shortcomings {
    bool no_table = false;
    std::string unusable; ///< a column that is needed and missing
    std::vector<const users_column*> columns;
    std::vector<const users_index*> indexes;
    std::vector<const sessions_object*> of_sessions;
    bool unmarked = false;
    bool no_version = false;
    bool no_wal = false;

    /// Whether something is missing besides what sessions need.
    bool of_users() const noexcept
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
    for (const users_column& each : needed_users_columns) {
        if (!found.no_table && names.count(each.name) == 0) {
            found.unusable = each.name;
        }
    }
    for (const users_column& each : optional_users_columns) {
        if (!found.no_table && names.count(each.name) == 0) {
            found.columns.push_back(&each);
        }
    }
    for (const users_index& each : users_indexes) {
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
    return look_at_table(connection, found) &&
           find_missing_of_sessions(connection, found.of_sessions);
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

bool remake_index(sqlite_connection& connection, const users_index& index)
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
    if (found.no_table && !run(connection, create_users_table())) {
        return false;
    }
    for (const users_column* each : found.columns) {
        if (!run(connection, "ALTER TABLE users ADD COLUMN " +
                                 std::string(each->definition))) {
            return false;
        }
    }
    for (const users_index* each : found.indexes) {
        if (!remake_index(connection, *each)) {
            return false;
        }
    }
    for (const sessions_object* each : found.of_sessions) {
        if (!run(connection, each->create)) {
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

} // namespace

store_outcome check_sqlite_schema(sqlite_database& database,
                                  sqlite_database::lease& connection,
                                  sqlite_use use)
{
    const bool only_reads = use != sqlite_use::write;
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
        const bool lacks_sessions = !found.of_sessions.empty();
        if (only_reads &&
            (found.no_table ||
             (lacks_sessions && use == sqlite_use::read_sessions))) {
            return failed(store_failure::code::absent);
        }
        if (!found.of_users() && !lacks_sessions) {
            connection->set_checked_schema(cookie);
            return store_note{};
        }
        if (!found.of_users() && only_reads) {
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
