#include "store/sqlite_user_store.h"

#include "store/sqlite_schema.h"
#include "store/sqlite_user_row.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <sqlite3.h>

namespace auth {

namespace {

using code = store_answer::code;

constexpr char find_users[] =
    "SELECT id, username, password, disabled, roles, password_origin, epoch"
    " FROM users WHERE username IN (?1, ?2)";
constexpr char find_folded_name[] =
    "SELECT 1 FROM users WHERE username = ?1 COLLATE NOCASE LIMIT 1";
constexpr char all_passwords[] = "SELECT password FROM users";
constexpr char insert_user[] =
    "INSERT INTO users (id, username, password, created_at, disabled, roles)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
// For SQLite a text and a blob are never equal.
constexpr char replace_user_password[] =
    "UPDATE users SET password = ?2, password_origin = ?5, epoch = ?6"
    " WHERE id = ?1 AND (password = ?3 OR password = ?4) AND epoch = ?7";
constexpr char raise_user_epoch[] =
    "UPDATE users SET epoch = epoch + 1 WHERE id = ?1 AND epoch = ?2";

/// Under NOCASE SQLite compares texts up to the first NUL. No name has a NUL.
bool is_searchable(std::string_view name)
{
    return name.find('\0') == name.npos;
}

std::string utc_now()
{
    std::time_t now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::array<char, 32> text{};
    const std::size_t size =
        std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text.data(), size};
}

} // namespace

sqlite_user_store::sqlite_user_store(std::string path, file_identity file)
    : database_(std::move(path), file)
{}

store_answer sqlite_user_store::prepare()
{
    sqlite_database::lease connection(database_);
    store_answer problem;
    if (!connection.take(false, problem)) {
        return problem;
    }
    return check_sqlite_schema(database_, connection, true);
}

/// Answers done if table users can be read, and absent if there is none yet.
store_answer sqlite_user_store::take_reader(sqlite_database::lease& connection)
{
    store_answer problem;
    if (!connection.take(true, problem)) {
        return problem;
    }
    return check_sqlite_schema(database_, connection, false);
}

/// Runs a statement that writes. Answers done, absent if it has changed no row,
/// taken, unavailable or unknown.
store_answer
sqlite_user_store::write(const char* sql,
                         const std::function<void(sqlite_query&)>& bind)
{
    sqlite_database::lease connection(database_);
    store_answer answer;
    if (!connection.take(false, answer)) {
        return answer;
    }
    answer = check_sqlite_schema(database_, connection, true);
    if (!answer.done()) {
        return answer;
    }
    sqlite3_stmt* statement = connection->statement(sql);
    if (!statement) {
        return connection.fail("write to");
    }
    int step = 0;
    {
        sqlite_query query(statement);
        bind(query);
        step = query.step();
    }
    if (step == SQLITE_DONE) {
        const bool changed = connection->changed_rows() != 0;
        if (changed && !connection.is_in_place(answer)) {
            // The change is in a file that nobody uses any more.
            answer.status = code::unknown;
            return answer;
        }
        return {changed ? code::done : code::absent, {}};
    }
    // Another program may have made a unique index. If that refuses the row,
    // the name may be free.
    if (step == SQLITE_CONSTRAINT_UNIQUE &&
        connection->last_message() ==
            "UNIQUE constraint failed: users.username") {
        return {code::taken, {}};
    }
    answer = connection.fail("write to");
    if (step == SQLITE_IOERR_FSYNC) {
        // The change may be on the disk, and be there again after a crash.
        answer.status = code::unknown;
    }
    return answer;
}

store_answer sqlite_user_store::find(const std::vector<std::string>& spellings,
                                     stored_user& found)
{
    sqlite_database::lease connection(database_);
    store_answer ready = take_reader(connection);
    if (!ready.done()) {
        return ready;
    }
    sqlite3_stmt* statement = connection->statement(find_users);
    if (!statement) {
        return connection.fail("read");
    }

    std::vector<std::string_view> names;
    std::copy_if(spellings.begin(), spellings.end(), std::back_inserter(names),
                 is_searchable);
    if (names.empty()) {
        return {code::absent, {}};
    }

    store_answer answer{code::absent, {}};
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
            found = stored_user{};
            answer = read_user_row(query, found);
            found.password_origin = query.bytes(5);
            found.epoch = query.integer(6);
            if (answer.done() &&
                (query.type(6) != SQLITE_INTEGER || found.epoch < 0)) {
                answer = {code::unusable, "user with id " + found.id +
                                              " cannot log in: epoch is no "
                                              "whole number from 0 on"};
            }
        }
    }
    return step == SQLITE_DONE ? std::move(answer) : connection.fail("read");
}

store_answer sqlite_user_store::find_folded(const std::string& folded)
{
    sqlite_database::lease connection(database_);
    store_answer ready = take_reader(connection);
    if (!ready.done()) {
        return ready;
    }
    sqlite3_stmt* statement = connection->statement(find_folded_name);
    if (!statement) {
        return connection.fail("read");
    }
    if (!is_searchable(folded)) {
        return {code::absent, {}};
    }
    sqlite_query query(statement);
    query.bind_text(1, folded);
    switch (query.step()) {
    case SQLITE_ROW:
        return {code::taken, {}};
    case SQLITE_DONE:
        return {code::absent, {}};
    default:
        return connection.fail("read");
    }
}

/// This may take long, and keeps nobody from writing: readers of a file with a
/// write-ahead log hold no lock that writers need.
store_answer sqlite_user_store::for_each_password(
    const std::function<bool(std::string_view)>& visit)
{
    sqlite_database::lease connection(database_);
    store_answer ready = take_reader(connection);
    if (!ready.done()) {
        return ready.status == code::absent ? store_answer{code::done, {}}
                                            : ready;
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
            return {code::done, {}};
        }
    }
    return step == SQLITE_DONE ? store_answer{code::done, {}}
                               : connection.fail("read");
}

store_answer sqlite_user_store::insert(const stored_user& user)
{
    std::string roles;
    if (!is_user_id(user.id) || user.username.empty() ||
        !is_searchable(user.username) || user.password.empty() ||
        !join_roles(user.roles, roles)) {
        return {code::unusable, "a new user's id, name, password or roles "
                                "cannot be stored"};
    }

    const std::string now = utc_now();
    return write(insert_user, [&](sqlite_query& query) {
        query.bind_text(1, user.id);
        query.bind_text(2, user.username);
        query.bind_text(3, user.password.view());
        query.bind_text(4, now);
        query.bind_integer(5, user.disabled ? 1 : 0);
        query.bind_text(6, roles);
    });
}

store_answer sqlite_user_store::replace_password(const stored_user& user,
                                                 std::string_view new_password)
{
    return replace(user, new_password, user.epoch);
}

store_answer sqlite_user_store::change_password(const stored_user& user,
                                                std::string_view new_password)
{
    return replace(user, new_password, user.epoch + 1);
}

store_answer sqlite_user_store::replace(const stored_user& user,
                                        std::string_view new_password,
                                        std::int64_t new_epoch)
{
    if (new_password.empty()) {
        return {code::unusable, "an empty password cannot be stored"};
    }
    store_answer answer =
        write(replace_user_password, [&](sqlite_query& query) {
            query.bind_text(1, user.id);
            query.bind_text(2, new_password);
            query.bind_text(3, user.password.view());
            query.bind_blob(4, user.password.view());
            query.bind_text(5, user.password_origin);
            query.bind_integer(6, new_epoch);
            query.bind_integer(7, user.epoch);
        });
    if (answer.status == code::absent) {
        answer.status = code::changed;
    }
    return answer;
}

store_answer sqlite_user_store::raise_epoch(const stored_user& user)
{
    store_answer answer = write(raise_user_epoch, [&](sqlite_query& query) {
        query.bind_text(1, user.id);
        query.bind_integer(2, user.epoch);
    });
    if (answer.status == code::absent) {
        answer.status = code::changed;
    }
    return answer;
}

} // namespace auth
