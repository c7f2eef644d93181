#include "store/sqlite_write.h"

#include "store/sqlite_schema.h"

#include <sqlite3.h>

namespace auth {

namespace {

using code = store_failure::code;

/// A transaction that writes. Unless it was committed, the destructor undoes
/// it.
class sqlite_transaction
{
public:
    explicit sqlite_transaction(sqlite_connection& connection) noexcept
        : connection_(connection)
    {}
    sqlite_transaction(const sqlite_transaction&) = delete;
    sqlite_transaction& operator=(const sqlite_transaction&) = delete;
    ~sqlite_transaction() { connection_.roll_back(); }

    /// Waits for other writers here, and not when something was read that
    /// they change.
    bool begin() noexcept
    {
        return connection_.execute("BEGIN IMMEDIATE") == SQLITE_OK;
    }
    bool commit() noexcept
    {
        return connection_.execute("COMMIT") == SQLITE_OK;
    }

private:
    sqlite_connection& connection_;
};

store_outcome fail_to_write(sqlite_database::lease& connection)
{
    const int error = connection->last_error();
    store_outcome broken = connection.fail("write to");
    if (error == SQLITE_IOERR_FSYNC) {
        // The change may be on the disk, and be there again after a crash.
        broken.error().what = code::unknown;
    }
    return broken;
}

store_outcome run_transaction(
    sqlite_database::lease& connection,
    const std::function<store_outcome(sqlite_database::lease&)>& change)
{
    sqlite_transaction transaction(*connection);
    if (!transaction.begin()) {
        return fail_to_write(connection);
    }
    store_outcome done = change(connection);
    if (done && !transaction.commit()) {
        return fail_to_write(connection);
    }
    return done;
}

} // namespace

store_outcome write_to_sqlite(
    sqlite_database& database,
    const std::function<store_outcome(sqlite_database::lease&)>& change)
{
    sqlite_database::lease connection(database);
    store_outcome ready = connection.take(false);
    if (ready) {
        ready = check_sqlite_schema(database, connection, sqlite_use::write);
    }
    if (!ready) {
        return ready;
    }
    store_outcome done = run_transaction(connection, change);
    if (!done) {
        return done;
    }
    store_outcome in_place = connection.check_in_place();
    if (!in_place) {
        // The change is in a file that nobody uses any more.
        in_place.error().what = code::unknown;
        return in_place;
    }
    return done;
}

store_outcome run_sqlite(sqlite_database::lease& connection, const char* sql,
                         const sqlite_binder& bind)
{
    sqlite3_stmt* statement = connection->statement(sql);
    if (statement == nullptr) {
        return fail_to_write(connection);
    }
    int step = 0;
    {
        sqlite_query query(statement);
        bind(query);
        step = query.step();
    }
    if (step != SQLITE_DONE) {
        return fail_to_write(connection);
    }
    return store_note{};
}

store_outcome
query_sqlite(sqlite_database::lease& connection, const char* sql,
             const sqlite_binder& bind,
             const std::function<void(const sqlite_query&)>& visit)
{
    sqlite3_stmt* statement = connection->statement(sql);
    if (statement == nullptr) {
        return connection.fail("read");
    }
    sqlite_query query(statement);
    bind(query);
    int step = query.step();
    for (; step == SQLITE_ROW; step = query.step()) {
        visit(query);
    }
    if (step != SQLITE_DONE) {
        return connection.fail("read");
    }
    return store_note{};
}

} // namespace auth
