#include "store/sqlite_user_store.h"

#include "store/sqlite_schema.h"
#include "store/sqlite_user_row.h"

#include "base/utc_time.h"

#include <algorithm>
#include <ctime>
#include <sqlite3.h>

namespace auth {

namespace {

using code = store_failure::code;

constexpr char find_users[] =
    "SELECT id, username, password, disabled, roles, password_origin, epoch"
    " FROM users WHERE username IN (?1, ?2)";
constexpr char find_user_by_id[] =
    "SELECT id, username, password, disabled, roles, password_origin, epoch"
    " FROM users WHERE id = ?1";
constexpr char find_folded_name[] =
    "SELECT 1 FROM users WHERE username = ?1 COLLATE NOCASE LIMIT 1";
constexpr char all_passwords[] = "SELECT password FROM users";
constexpr char insert_row[] =
    "INSERT INTO users (id, username, password, created_at, disabled, roles)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
/// Under NOCASE SQLite compares texts up to the first NUL. No name has a NUL.
bool is_searchable(std::string_view name)
{
    return name.find('\0') == name.npos;
}

/// Another program may have made a unique index. If that refuses the row, the
/// name may be free.
bool is_taken_name(const sqlite_connection& connection)
{
    return connection.last_error() == SQLITE_CONSTRAINT_UNIQUE &&
           connection.last_message() ==
               "UNIQUE constraint failed: users.username";
}

store_result<stored_user> read_found_row(const sqlite_query& row)
{
    stored_user user;
    const store_outcome read = read_user_row(row, user);
    if (!read) {
        return failed(read.error());
    }
    user.password_origin = row.bytes(5);
    user.epoch = row.integer(6);
    if (row.type(6) != SQLITE_INTEGER || user.epoch < 0) {
        return failed(code::unusable,
                      "user with id " + user.id +
                          " cannot log in: epoch is no whole number from 0 on");
    }
    return user;
}

} // namespace

sqlite_user_store::sqlite_user_store(std::string path, file_identity file)
    : sqlite_user_store(
          std::make_shared<sqlite_database>(std::move(path), file))
{}

sqlite_user_store::sqlite_user_store(std::shared_ptr<sqlite_database> database)
    : database_(std::move(database))
{}

store_outcome sqlite_user_store::prepare()
{
    sqlite_database::lease connection(*database_);
    store_outcome taken = connection.take(false);
    if (!taken) {
        return taken;
    }
    return check_sqlite_schema(*database_, connection, sqlite_use::write);
}

/// Makes ready to read table users. Fails as absent if there is none yet.
store_outcome sqlite_user_store::take_reader(sqlite_database::lease& connection)
{
    store_outcome taken = connection.take(true);
    if (!taken) {
        return taken;
    }
    return check_sqlite_schema(*database_, connection, sqlite_use::read_users);
}

/// Runs a statement that writes, then `and_then` in the same transaction. Fails
/// as absent if it has changed no row, taken, unavailable or unknown.
store_outcome sqlite_user_store::write(const char* sql,
                                       const sqlite_binder& bind,
                                       const follow_up& and_then)
{
    return write_to_sqlite(
        *database_, [&](sqlite_database::lease& connection) -> store_outcome {
            store_outcome done = run_sqlite(connection, sql, bind);
            if (!done && is_taken_name(*connection)) {
                return failed(code::taken);
            }
            if (done && connection->changed_rows() == 0) {
                return failed(code::absent);
            }
            return done && and_then ? and_then(connection) : done;
        });
}

store_result<stored_user>
sqlite_user_store::find(const std::vector<std::string>& spellings)
{
    sqlite_database::lease connection(*database_);
    store_outcome ready = take_reader(connection);
    if (!ready) {
        return failed(ready.error());
    }
    sqlite3_stmt* statement = connection->statement(find_users);
    if (!statement) {
        return connection.fail("read");
    }

    std::vector<std::string_view> names;
    std::copy_if(spellings.begin(), spellings.end(), std::back_inserter(names),
                 is_searchable);
    if (names.empty()) {
        return failed(code::absent);
    }

    store_result<stored_user> found = failed(code::absent);
    std::size_t best = names.size();
    sqlite_query query(statement);
    query.bind_text(1, names.front());
    query.bind_text(2, names.size() > 1 ? names[1] : names.front());
    int step = query.step();
    for (; step == SQLITE_ROW; step = query.step()) {
        auto rank = static_cast<std::size_t>(
            std::find(names.begin(), names.end(), query.bytes(1)) -
            names.begin());
        if (rank < best) {
            best = rank;
            found = read_found_row(query);
        }
    }
    if (step != SQLITE_DONE) {
        return connection.fail("read");
    }
    return found;
}

store_result<stored_user> sqlite_user_store::find_by_id(const std::string& id)
{
    sqlite_database::lease connection(*database_);
    store_outcome ready = take_reader(connection);
    store_result<stored_user> found = failed(code::absent);
    if (ready) {
        ready = query_sqlite(
            connection, find_user_by_id,
            [&id](sqlite_query& query) { query.bind_text(1, id); },
            [&found](const sqlite_query& row) {
                found = read_found_row(row);
                if (found && row.type(1) != SQLITE_TEXT) {
                    found = failed(code::unusable, "user with id " + found->id +
                                                       " has no name that is "
                                                       "text");
                }
            });
    }
    if (!ready) {
        return failed(ready.error());
    }
    return found;
}

store_result<bool> sqlite_user_store::is_taken(const std::string& folded)
{
    sqlite_database::lease connection(*database_);
    store_outcome ready = take_reader(connection);
    if (failure_of(ready) == code::absent) {
        return false;
    }
    if (!ready) {
        return failed(ready.error());
    }
    sqlite3_stmt* statement = connection->statement(find_folded_name);
    if (!statement) {
        return connection.fail("read");
    }
    if (!is_searchable(folded)) {
        return false;
    }
    sqlite_query query(statement);
    query.bind_text(1, folded);
    switch (query.step()) {
    case SQLITE_ROW:
        return true;
    case SQLITE_DONE:
        return false;
    default:
        return connection.fail("read");
    }
}

/// This may take long, and keeps nobody from writing: readers of a file with a
/// write-ahead log hold no lock that writers need.
store_outcome sqlite_user_store::for_each_password(
    const std::function<bool(std::string_view)>& visit)
{
    sqlite_database::lease connection(*database_);
    store_outcome ready = take_reader(connection);
    if (failure_of(ready) == code::absent) {
        return store_note{};
    }
    if (!ready) {
        return ready;
    }
    sqlite3_stmt* statement = connection->statement(all_passwords);
    if (!statement) {
        return connection.fail("read");
    }
    sqlite_query query(statement);
    int step = query.step();
    for (; step == SQLITE_ROW; step = query.step()) {
        const int type = query.type(0);
        const bool is_password = type == SQLITE_TEXT || type == SQLITE_BLOB;
        if (is_password && !visit(query.bytes(0))) {
            return store_note{};
        }
    }
    if (step != SQLITE_DONE) {
        return connection.fail("read");
    }
    return store_note{};
}

store_outcome sqlite_user_store::insert(const stored_user& user)
{
    std::string roles;
    if (!is_user_id(user.id) || user.username.empty() ||
        !is_searchable(user.username) || user.password.empty() ||
        !join_roles(user.roles, roles)) {
        return failed(code::unusable,
                      "a new user's id, name, password or roles "
                      "cannot be stored");
    }

    const std::string now = utc_time(std::time(nullptr));
    const auto bind = [&](sqlite_query& query) {
        query.bind_text(1, user.id);
        query.bind_text(2, user.username);
        query.bind_text(3, user.password.view());
        query.bind_text(4, now);
        query.bind_integer(5, user.disabled ? 1 : 0);
        query.bind_text(6, roles);
    };
    return write(insert_row, bind, {});
}

} // namespace auth
