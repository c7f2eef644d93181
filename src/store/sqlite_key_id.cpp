#include "store/sqlite_key_id.h"

#include "store/sqlite_look.h"
#include "store/sqlite_replacement.h"
#include "store/sqlite_write.h"

#include "base/quote.h"

#include <sqlite3.h>

namespace auth {

namespace {

constexpr char table_is_there[] =
    "SELECT count(*) FROM pragma_table_info('ngx_auth_meta')"
    " WHERE name IN ('name', 'value')";
constexpr std::int64_t columns = 2;

} // namespace

bool read_sqlite_key_id(sqlite_connection& connection, std::string& id)
{
    id.clear();
    std::int64_t found = 0;
    if (!connection.read_number(table_is_there, found)) {
        return false;
    }
    if (found != columns) {
        return true;
    }
    sqlite3_stmt* statement = connection.statement(
        "SELECT value FROM ngx_auth_meta WHERE name = 'key_id'");
    if (statement == nullptr) {
        return false;
    }
    sqlite_query query(statement);
    const int step = query.step();
    if (step == SQLITE_ROW) {
        id = query.bytes(0);
    }
    return step == SQLITE_ROW || step == SQLITE_DONE;
}

bool write_sqlite_key_id(sqlite_connection& connection, std::string_view id)
{
    if (connection.execute("CREATE TABLE IF NOT EXISTS ngx_auth_meta"
                           " (name TEXT PRIMARY KEY NOT NULL,"
                           " value TEXT NOT NULL)") != SQLITE_OK) {
        return false;
    }
    sqlite3_stmt* statement =
        connection.statement("INSERT OR IGNORE INTO ngx_auth_meta (name, value)"
                             " VALUES ('key_id', ?1)");
    if (statement == nullptr) {
        return false;
    }
    sqlite_query query(statement);
    query.bind_text(1, id);
    return query.step() == SQLITE_DONE;
}

bool erase_sqlite_key_id(sqlite_connection& connection)
{
    std::int64_t found = 0;
    return connection.read_number(table_is_there, found) &&
           (found != columns ||
            connection.execute("DELETE FROM ngx_auth_meta"
                               " WHERE name = 'key_id'") == SQLITE_OK);
}

checked<std::string> look_up_sqlite_key_id(const std::string& path)
{
    std::string id;
    if (size_of(path) == 0 && size_of(path + "-wal") == 0) {
        return id;
    }
    const int error =
        look_at_sqlite_file(path, is_log_of_another_file(path),
                            [&id](sqlite_connection& connection) {
                                return read_sqlite_key_id(connection, id);
                            });
    if (error != SQLITE_OK) {
        return refused("SQLite cannot read " + in_quotes(path) + " (" +
                       sqlite3_errstr(error) + ")");
    }
    return id;
}

store_result<std::string> note_sqlite_key_id(const std::string& path,
                                             std::string_view id)
{
    sqlite_database database(path);
    std::string kept;
    const store_outcome noted = write_to_sqlite(
        database, [&](sqlite_database::lease& connection) -> store_outcome {
            if (!write_sqlite_key_id(*connection, id) ||
                !read_sqlite_key_id(*connection, kept)) {
                return connection.fail("write to");
            }
            return store_note{};
        });
    if (!noted) {
        return failed(noted.error());
    }
    return kept;
}

store_result<bool> forget_sqlite_key_id(const std::string& path)
{
    sqlite_database database(path);
    std::string kept;
    const store_outcome forgotten = write_to_sqlite(
        database, [&](sqlite_database::lease& connection) -> store_outcome {
            if (!read_sqlite_key_id(*connection, kept) ||
                !erase_sqlite_key_id(*connection)) {
                return connection.fail("write to");
            }
            return store_note{};
        });
    if (!forgotten) {
        return failed(forgotten.error());
    }
    return !kept.empty();
}

} // namespace auth
