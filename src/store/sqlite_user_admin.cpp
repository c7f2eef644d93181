// What operators do with the users of an SQLite file.

#include "store/sqlite_session_ending.h"
#include "store/sqlite_user_row.h"
#include "store/sqlite_user_store.h"

#include <algorithm>
#include <iterator>
#include <sqlite3.h>

namespace auth {

namespace {

using code = store_failure::code;

// A name that is no text comes behind every text: list() would never get past
// it.
constexpr char list_users[] =
    "SELECT id, username, password, disabled, roles, created_at FROM users"
    " WHERE username > ?1 AND typeof(username) = 'text'"
    " ORDER BY username LIMIT ?2";
constexpr char look_up_user[] =
    "SELECT id, username, password, disabled, roles, created_at FROM users"
    " WHERE username = ?1";
constexpr char update_row[] = "UPDATE users SET"
                              " password = coalesce(?2, password),"
                              " disabled = coalesce(?3, disabled),"
                              " roles = coalesce(?4, roles),"
                              " epoch = epoch + ?5"
                              " WHERE id = ?1";
constexpr char epoch_of_row[] =
    "SELECT CASE typeof(epoch) WHEN 'integer' THEN epoch + ?2"
    " ELSE 9007199254740992 END FROM users WHERE id = ?1";
constexpr char delete_row[] = "DELETE FROM users WHERE id = ?1";

listed_user read_listed_row(const sqlite_query& row)
{
    stored_user user;
    const store_outcome read = read_user_row(row, user);
    listed_user listed = list_user(std::move(user), read);
    listed.username = listed.place = row.bytes(1);
    listed.created_at = row.bytes(5);
    return listed;
}

/// Ends the sessions of epochs lower than that of the row and `more`. An epoch
/// that is no number lets nobody log in: no session of any epoch lives.
store_outcome end_sessions_of(sqlite_database::lease& connection,
                              const std::string& id, std::int64_t more)
{
    std::int64_t epoch = 0;
    store_outcome done = query_sqlite(
        connection, epoch_of_row,
        [&](sqlite_query& query) {
            query.bind_text(1, id);
            query.bind_integer(2, more);
        },
        [&epoch](const sqlite_query& row) { epoch = row.integer(0); });
    return done ? end_lower_sqlite_epochs(connection, id, epoch) : done;
}

} // namespace

/// Appends the users that a statement gives; `bind` sets its parameters.
store_result<std::vector<listed_user>>
sqlite_user_store::read_listed(const char* sql, const sqlite_binder& bind)
{
    std::vector<listed_user> users;
    sqlite_database::lease connection(*database_);
    store_outcome ready = take_reader(connection);
    if (failure_of(ready) == code::absent) {
        return users;
    }
    if (!ready) {
        return failed(ready.error());
    }
    sqlite3_stmt* statement = connection->statement(sql);
    if (!statement) {
        return connection.fail("read");
    }
    sqlite_query query(statement);
    bind(query);
    int step = query.step();
    for (; step == SQLITE_ROW; step = query.step()) {
        users.push_back(read_listed_row(query));
    }
    if (step != SQLITE_DONE) {
        return connection.fail("read");
    }
    return users;
}

store_result<std::vector<listed_user>>
sqlite_user_store::list(const std::string& after, std::size_t limit)
{
    return read_listed(list_users, [&](sqlite_query& query) {
        query.bind_text(1, after);
        query.bind_integer(2, static_cast<std::int64_t>(limit));
    });
}

store_result<std::vector<listed_user>>
sqlite_user_store::look_up(const std::vector<std::string>& names)
{
    std::vector<listed_user> found;
    for (const std::string& name : names) {
        auto users = read_listed(look_up_user, [&name](sqlite_query& query) {
            query.bind_text(1, name);
        });
        if (!users) {
            return users;
        }
        std::move(users->begin(), users->end(), std::back_inserter(found));
    }
    return found;
}

store_outcome sqlite_user_store::change_user(const std::string& id,
                                             const user_changes& changes)
{
    std::string roles;
    if (changes.roles && !join_roles(*changes.roles, roles)) {
        return failed(code::unusable,
                      "these roles cannot be stored: a role is not "
                      "empty and has no comma");
    }
    const auto bind = [&](sqlite_query& query) {
        query.bind_text(1, id);
        if (!changes.password.empty()) {
            query.bind_text(2, changes.password.view());
        }
        if (changes.disabled) {
            query.bind_integer(3, *changes.disabled ? 1 : 0);
        }
        if (changes.roles) {
            query.bind_text(4, roles);
        }
        query.bind_integer(5, changes.ends_sessions() ? 1 : 0);
    };
    return write(update_row, bind, [&](sqlite_database::lease& connection) {
        return changes.ends_sessions() ? end_sessions_of(connection, id, 0)
                                       : store_outcome(store_note{});
    });
}

store_outcome sqlite_user_store::remove_user(const std::string& id)
{
    const auto bind = [&id](sqlite_query& query) { query.bind_text(1, id); };
    return write_to_sqlite(
        *database_, [&](sqlite_database::lease& connection) -> store_outcome {
            store_outcome done = end_sessions_of(connection, id, 1);
            if (done) {
                done = run_sqlite(connection, delete_row, bind);
            }
            if (done && connection->changed_rows() == 0) {
                return failed(code::absent); // and no revocation stays
            }
            return done;
        });
}

} // namespace auth
