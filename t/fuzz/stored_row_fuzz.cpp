// A user's row as a SQLite file may hold it: id, username, password, disabled
// and roles, a line each, the first byte of which is the type (see bind()).

#include "target.h"

#include "store/sqlite_user_row.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace auth::fuzz {

namespace {

using code = store_failure::code;
constexpr int columns = 5;

struct closer {
    void operator()(sqlite3* database) const { sqlite3_close(database); }
    void operator()(sqlite3_stmt* statement) const
    {
        sqlite3_finalize(statement);
    }
};

/// A statement whose row is what is bound to it.
sqlite3_stmt* echo()
{
    static const std::unique_ptr<sqlite3, closer> database([] {
        sqlite3* opened = nullptr;
        HOLDS(sqlite3_open(":memory:", &opened) == SQLITE_OK);
        return opened;
    }());
    static const std::unique_ptr<sqlite3_stmt, closer> statement([] {
        sqlite3_stmt* prepared = nullptr;
        HOLDS(sqlite3_prepare_v2(database.get(), "SELECT ?1, ?2, ?3, ?4, ?5",
                                 -1, &prepared, nullptr) == SQLITE_OK);
        return prepared;
    }());
    return statement.get();
}

void bind(sqlite3_stmt* to, int column, std::string_view cell)
{
    const std::string_view bytes =
        cell.substr(std::min<std::size_t>(1, cell.size()));
    const int size = static_cast<int>(bytes.size());
    double real = 0;
    std::int64_t integer = 0;
    switch (cell.empty() ? 'n' : cell[0]) {
    case 't':
        sqlite3_bind_text(to, column, bytes.data(), size, SQLITE_TRANSIENT);
        break;
    case 'b':
        sqlite3_bind_blob(to, column, bytes.data(), size, SQLITE_TRANSIENT);
        break;
    case 'i':
        std::memcpy(&integer, bytes.data(),
                    std::min(bytes.size(), sizeof integer));
        sqlite3_bind_int64(to, column, integer);
        break;
    case 'r':
        std::memcpy(&real, bytes.data(), std::min(bytes.size(), sizeof real));
        sqlite3_bind_double(to, column, real);
        break;
    default:
        sqlite3_bind_null(to, column);
    }
}

/// What a login takes from a user who was found.
void check_user(const sqlite_query& row, const stored_user& user)
{
    HOLDS(is_user_id(user.id));
    HOLDS(!user.password.empty());
    HOLDS(row.type(3) == SQLITE_INTEGER || row.type(3) == SQLITE_NULL);
    HOLDS(user.disabled == (row.integer(3) != 0));
    for (const std::string& role : user.roles) {
        HOLDS(!role.empty() && role.find(',') == role.npos);
        HOLDS(role.front() != ' ' && role.back() != ' ');
    }
    std::string list;
    HOLDS(join_roles(user.roles, list));
}

} // namespace

void run(std::string_view input)
{
    sqlite3_stmt* const statement = echo();
    std::string_view rest = input;
    for (int column = 1; column <= columns; ++column) {
        bind(statement, column, take_line(rest));
    }
    sqlite_query row(statement);
    HOLDS(row.step() == SQLITE_ROW);

    stored_user user;
    const store_outcome read = read_user_row(row, user);
    HOLDS(read || failure_of(read) == code::unusable);
    const std::string& detail = detail_of(read);
    HOLDS(read || !detail.empty());
    HOLDS(std::all_of(detail.begin(), detail.end(),
                      [](char c) { return c >= ' ' && c < 0x7f; }));
    if (read) {
        check_user(row, user);
    }
}

} // namespace auth::fuzz
