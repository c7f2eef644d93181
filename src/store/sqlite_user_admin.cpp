// What operators do with the users of an SQLite file.

#include "store/sqlite_user_row.h"
#include "store/sqlite_user_store.h"

#include <sqlite3.h>

namespace auth {

namespace {

using code = store_answer::code;

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
constexpr char delete_row[] = "DELETE FROM users WHERE id = ?1";

listed_user read_listed_row(const sqlite_query& row)
{
    stored_user user;
    store_answer answer = read_user_row(row, user);
    listed_user made;
    made.id = std::move(user.id);
    made.username = made.place = row.bytes(1);
    made.created_at = row.bytes(5);
    made.disabled = user.disabled;
    made.roles = std::move(user.roles);
    made.password = std::move(user.password);
    made.usable = answer.done();
    made.problem = std::move(answer.detail);
    return made;
}

} // namespace

/// Appends the users that a statement gives; `bind` sets its parameters.
store_answer
sqlite_user_store::read_listed(const char* sql,
                               const std::function<void(sqlite_query&)>& bind,
                               std::vector<listed_user>& users)
{
    sqlite_database::lease connection(database_);
    store_answer ready = take_reader(connection);
    if (ready.status == code::absent) {
        return {code::done, {}};
    }
    if (!ready.done()) {
        return ready;
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
    return step == SQLITE_DONE ? store_answer{code::done, {}}
                               : connection.fail("read");
}

store_answer sqlite_user_store::list(const std::string& after,
                                     std::size_t limit,
                                     std::vector<listed_user>& page)
{
    return read_listed(
        list_users,
        [&](sqlite_query& query) {
            query.bind_text(1, after);
            query.bind_integer(2, static_cast<std::int64_t>(limit));
        },
        page);
}

store_answer sqlite_user_store::look_up(const std::vector<std::string>& names,
                                        std::vector<listed_user>& found)
{
    for (const std::string& name : names) {
        store_answer answer = read_listed(
            look_up_user,
            [&name](sqlite_query& query) { query.bind_text(1, name); }, found);
        if (!answer.done()) {
            return answer;
        }
    }
    return {code::done, {}};
}

store_answer sqlite_user_store::change_user(const std::string& id,
                                            const user_changes& changes)
{
    std::string roles;
    if (changes.roles && !join_roles(*changes.roles, roles)) {
        return {code::unusable, "these roles cannot be stored: a role is not "
                                "empty and has no comma"};
    }
    return write(update_row, [&](sqlite_query& query) {
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
    });
}

store_answer sqlite_user_store::remove_user(const std::string& id)
{
    return write(delete_row,
                 [&id](sqlite_query& query) { query.bind_text(1, id); });
}

} // namespace auth
