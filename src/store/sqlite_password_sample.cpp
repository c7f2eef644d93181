// A sample of the stored passwords of an SQLite file.

#include "sqlite_user_store.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstdint>

namespace auth {

namespace {

using code = store_answer::code;

/// Of many users, those at so many places are read.
constexpr std::int64_t most_places = 64;

constexpr char is_over_limit[] = "SELECT 1 FROM users LIMIT 1 OFFSET ?1";
// One subquery each: only then SQLite takes the ends of the tree for it.
constexpr char row_range[] = "SELECT (SELECT min(rowid) FROM users),"
                             " (SELECT max(rowid) FROM users)";
constexpr char rows_from[] = "SELECT password FROM users WHERE rowid >= ?1"
                             " ORDER BY rowid LIMIT ?2";
// In whatever order: for all of them, and for a table that was made by hand
// without row numbers.
constexpr char any_rows[] = "SELECT password FROM users LIMIT ?1";

/// Runs a statement to its end; `visit` sees each row.
template <typename Bind, typename Visit>
bool read_rows(sqlite_connection& connection, const char* sql, const Bind& bind,
               const Visit& visit)
{
    sqlite3_stmt* statement = connection.statement(sql);
    if (statement == nullptr) {
        return false;
    }
    sqlite_query query(statement);
    bind(query);
    int step = query.step();
    for (; step == SQLITE_ROW; step = query.step()) {
        visit(query);
    }
    return step == SQLITE_DONE;
}

void take_password(const sqlite_query& row, std::vector<secret>& passwords)
{
    const int type = row.type(0);
    if (type == SQLITE_TEXT || type == SQLITE_BLOB) {
        passwords.emplace_back(row.bytes(0));
    }
}

bool read_any(sqlite_connection& connection, std::int64_t limit,
              std::vector<secret>& passwords)
{
    return read_rows(
        connection, any_rows,
        [&](sqlite_query& query) { query.bind_integer(1, limit); },
        [&](const sqlite_query& row) { take_password(row, passwords); });
}

/// Row numbers count users in the order of their registration, with gaps where
/// some were removed: evenly spread numbers are evenly spread users.
bool read_places(sqlite_connection& connection, std::int64_t limit,
                 std::vector<secret>& passwords)
{
    // Unsigned: the distance of two row numbers may be more than one can be.
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    const auto nothing = [](const sqlite_query&) {};
    if (!read_rows(connection, row_range, nothing,
                   [&](const sqlite_query& row) {
                       first = static_cast<std::uint64_t>(row.integer(0));
                       last = static_cast<std::uint64_t>(row.integer(1));
                   })) {
        return false;
    }
    const auto places =
        static_cast<std::uint64_t>(std::min(limit, most_places));
    const std::uint64_t step = (last - first) / places;
    const std::uint64_t rest = (last - first) % places;
    for (std::uint64_t place = 0; place < places; ++place) {
        const auto bind = [&](sqlite_query& query) {
            const std::uint64_t row =
                first + place * step + place * rest / places;
            query.bind_integer(1, static_cast<std::int64_t>(row));
            query.bind_integer(2, limit / static_cast<std::int64_t>(places));
        };
        if (!read_rows(connection, rows_from, bind,
                       [&](const sqlite_query& row) {
                           take_password(row, passwords);
                       })) {
            return false;
        }
    }
    return true;
}

} // namespace

store_answer sqlite_user_store::sample_passwords(std::size_t limit,
                                                 std::vector<secret>& passwords)
{
    passwords.clear();
    sqlite_database::lease connection(database_);
    store_answer ready = take_reader(connection);
    if (!ready.done()) {
        return ready.status == code::absent ? store_answer{code::done, {}}
                                            : ready;
    }
    const auto most = static_cast<std::int64_t>(limit);
    bool has_more = false;
    const bool counted = read_rows(
        *connection, is_over_limit,
        [&](sqlite_query& query) { query.bind_integer(1, most); },
        [&](const sqlite_query&) { has_more = true; });
    const bool has_places =
        has_more && connection->statement(row_range) != nullptr;
    const bool read =
        counted && (has_places ? read_places(*connection, most, passwords)
                               : read_any(*connection, most, passwords));
    return read ? store_answer{code::done, {}} : connection.fail("read");
}

} // namespace auth
