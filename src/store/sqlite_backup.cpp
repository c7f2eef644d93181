#include "store/sqlite_backup.h"

#include "store/sqlite_key_id.h"
#include "store/sqlite_owner.h"
#include "store/sqlite_schema.h"
#include "store/sqlite_session_row.h"
#include "store/sqlite_users_table.h"

#include <sqlite3.h>
#include <thread>

namespace auth {

namespace {

using code = store_failure::code;

struct free_copy {
    void operator()(unsigned char* bytes) const noexcept
    {
        sqlite3_free(bytes);
    }
};

/// Two bytes of a database file say whether it has a log beside it.
constexpr std::size_t write_version_at = 18;
constexpr std::size_t read_version_at = 19;
constexpr char without_log = 1; // journal mode "delete"

std::string without_a_log(std::string_view bytes)
{
    std::string plain(bytes);
    if (plain.size() > read_version_at) {
        plain[write_version_at] = without_log;
        plain[read_version_at] = without_log;
    }
    return plain;
}

/// The sessions that live now have the epochs of now, and a session of a higher
/// epoch is never displaced by one of a lower epoch. So no epoch goes back, and
/// it goes up if the copy has another password.
bool raise_epochs(sqlite_connection& now, sqlite_connection& copy)
{
    sqlite3_stmt* read = now.statement("SELECT id, password, epoch FROM users");
    sqlite3_stmt* raise = copy.statement(
        "UPDATE users SET epoch = max(epoch, ?3) + (password <> ?2)"
        " WHERE id = ?1 AND (epoch < ?3 OR password <> ?2)");
    if (read == nullptr || raise == nullptr) {
        return false;
    }
    sqlite_query row(read);
    int step = row.step();
    for (; step == SQLITE_ROW; step = row.step()) {
        sqlite_query change(raise);
        change.bind_text(1, row.bytes(0));
        change.bind_text(2, row.bytes(1));
        change.bind_integer(3, row.integer(2));
        if (change.step() != SQLITE_DONE) {
            return false;
        }
    }
    return step == SQLITE_DONE;
}

/// Appends the revocations of now to those of the copy.
bool carry_revocations(sqlite_connection& now, sqlite_connection& copy)
{
    sqlite3_stmt* read = now.statement(
        "SELECT at, session, user, epoch FROM ngx_auth_revocations");
    sqlite3_stmt* append = copy.statement(
        "INSERT INTO ngx_auth_revocations (at, session, user, epoch)"
        " VALUES (?1, ?2, ?3, ?4)");
    if (read == nullptr || append == nullptr) {
        return false;
    }
    sqlite_query row(read);
    int step = row.step();
    for (; step == SQLITE_ROW; step = row.step()) {
        revocation each;
        if (!read_revocation_row(row, each)) {
            continue;
        }
        sqlite_query change(append);
        change.bind_integer(1, each.at);
        if (each.session) {
            change.bind_blob(2, view_of_bytes(*each.session));
        } else {
            change.bind_text(3, each.user_id);
            change.bind_integer(4, each.epoch);
        }
        if (change.step() != SQLITE_DONE) {
            return false;
        }
    }
    return step == SQLITE_DONE;
}

/// Leaves no session in the copy, and the revocations of now. A user who is no
/// longer there has the epoch of the revocation.
bool end_sessions(sqlite_connection& now, sqlite_connection& copy)
{
    return copy.execute("PRAGMA secure_delete=ON;"
                        "DELETE FROM ngx_auth_sessions;"
                        "DELETE FROM ngx_auth_revocations") == SQLITE_OK &&
           carry_revocations(now, copy) &&
           copy.execute(
               "UPDATE users SET epoch = max(epoch, (SELECT max(epoch)"
               " FROM ngx_auth_revocations WHERE user = users.id))"
               " WHERE id IN (SELECT user FROM ngx_auth_revocations)") ==
               SQLITE_OK;
}

/// Copies everything in one transaction. Returns SQLITE_DONE or an error.
int copy_content(sqlite_connection& from, sqlite_connection& to)
{
    sqlite3_backup* backup =
        sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
    if (backup == nullptr) {
        return to.last_error();
    }
    int step = SQLITE_BUSY;
    while (true) {
        step = sqlite3_backup_step(backup, -1);
        const bool is_busy = step == SQLITE_BUSY || step == SQLITE_LOCKED;
        if (!is_busy || std::chrono::steady_clock::now() >= to.deadline()) {
            break;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    const int end = sqlite3_backup_finish(backup);
    return end != SQLITE_OK ? end : step;
}

} // namespace

store_result<std::string> copy_sqlite_database(const std::string& path)
{
    sqlite_database database(path);
    sqlite_database::lease connection(database);
    store_outcome ready = connection.take(true);
    if (ready) {
        ready =
            check_sqlite_schema(database, connection, sqlite_use::read_users);
    }
    if (failure_of(ready) == code::absent) {
        return failed(code::unavailable, "\"" + path + "\" is empty");
    }
    if (!ready) {
        return failed(ready.error());
    }
    if (connection->execute("BEGIN; SELECT 1 FROM sqlite_schema") !=
        SQLITE_OK) {
        auto why = connection.fail("read");
        connection->roll_back();
        return why;
    }
    sqlite3_int64 size = 0;
    const std::unique_ptr<unsigned char, free_copy> copy(
        sqlite3_serialize(connection->handle(), "main", &size, 0));
    connection->roll_back();
    if (!copy || size == 0) {
        return failed(code::unavailable,
                      "cannot copy \"" + path + "\": it is " +
                          (copy ? "empty" : "larger than the memory allows") +
                          (copy ? "" : "; use sqlite3's .backup"));
    }
    const store_outcome in_place = connection.check_in_place();
    if (!in_place) {
        return failed(in_place.error());
    }
    return without_a_log({reinterpret_cast<const char*>(copy.get()),
                          static_cast<std::size_t>(size)});
}

checked<std::int64_t> check_sqlite_copy(std::string_view bytes,
                                        const std::string& name)
{
    if (bytes.empty()) {
        return refused("\"" + name + "\" is empty");
    }
    sqlite_connection copy;
    sqlite_owner owner;
    std::string damaged = "\"" + name + "\" is damaged: take another copy";
    int error = copy.open_copy(without_a_log(bytes));
    if (error == SQLITE_OK && !read_sqlite_owner(copy, owner)) {
        error = copy.last_error();
    }
    if ((error & 0xff) == SQLITE_CORRUPT) {
        return refused(damaged);
    }
    if (error != SQLITE_OK) {
        owner = sqlite_owner();
        owner.reason = "it is no SQLite database, or an encrypted one";
    }
    if (owner.is == sqlite_owner::who::nobody) {
        return refused("\"" + name + "\" is an empty database");
    }
    if (!owner.usable()) {
        return refused(describe_other_owner(name, owner));
    }
    if (owner.schema_version > sqlite_schema_version) {
        return refused(describe_newer_schema(name, owner.schema_version));
    }
    std::int64_t users = 0;
    std::int64_t good_tables = 0;
    if (!copy.read_number("SELECT count(*) FROM users", users) ||
        !copy.read_number("SELECT count(*) FROM pragma_integrity_check "
                          "WHERE integrity_check = 'ok'",
                          good_tables) ||
        good_tables != 1) {
        return refused(damaged);
    }
    return users;
}

std::string key_id_of_sqlite_copy(std::string_view bytes)
{
    sqlite_connection copy;
    std::string id;
    return copy.open_copy(without_a_log(bytes)) == SQLITE_OK &&
                   read_sqlite_key_id(copy, id)
               ? id
               : std::string();
}

store_outcome restore_sqlite_database(const std::string& path,
                                      std::string_view bytes, copied_key_id id)
{
    sqlite_connection copy;
    if (copy.open_copy(without_a_log(bytes)) != SQLITE_OK ||
        !complete_sqlite_copy(copy) ||
        (id == copied_key_id::forgotten && !erase_sqlite_key_id(copy))) {
        return failed(code::unavailable,
                      "cannot use the copy: " + copy.last_message());
    }
    sqlite_database database(path);
    sqlite_database::lease connection(database);
    store_outcome ready = connection.take(false);
    if (ready) {
        ready = check_sqlite_schema(database, connection, sqlite_use::write);
    }
    if (!ready) {
        return ready;
    }
    if (!raise_epochs(*connection, copy) || !end_sessions(*connection, copy)) {
        return connection.fail("read");
    }
    const int end = copy_content(copy, *connection);
    if (end != SQLITE_DONE) {
        store_failure why =
            database.explain("write to", end, sqlite3_errstr(end));
        why.what =
            end == SQLITE_IOERR_FSYNC ? code::unknown : code::unavailable;
        return failed(std::move(why));
    }
    store_outcome in_place = connection.check_in_place();
    if (!in_place) {
        in_place.error().what = code::unknown;
    }
    return in_place;
}

} // namespace auth
