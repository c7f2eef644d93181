#include "store/sqlite_backup.h"

#include "store/sqlite_owner.h"
#include "store/sqlite_schema.h"

#include <sqlite3.h>
#include <thread>

namespace auth {

namespace {

using code = store_answer::code;

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

store_answer copy_sqlite_database(const std::string& path, std::string& bytes)
{
    sqlite_database database(path);
    sqlite_database::lease connection(database);
    store_answer answer;
    if (!connection.take(true, answer)) {
        return answer;
    }
    answer = check_sqlite_schema(database, connection, false);
    if (answer.status == code::absent) {
        answer = {code::unavailable, "\"" + path + "\" is empty"};
    }
    if (!answer.done()) {
        return answer;
    }
    if (connection->execute("BEGIN; SELECT 1 FROM sqlite_schema") !=
        SQLITE_OK) {
        answer = connection.fail("read");
        connection->roll_back();
        return answer;
    }
    sqlite3_int64 size = 0;
    const std::unique_ptr<unsigned char, free_copy> copy(
        sqlite3_serialize(connection->handle(), "main", &size, 0));
    connection->roll_back();
    if (!copy || size == 0) {
        return {code::unavailable,
                "cannot copy \"" + path + "\": it is " +
                    (copy ? "empty" : "larger than the memory allows") +
                    (copy ? "" : "; use sqlite3's .backup")};
    }
    bytes = without_a_log({reinterpret_cast<const char*>(copy.get()),
                           static_cast<std::size_t>(size)});
    if (!connection.is_in_place(answer)) {
        return answer;
    }
    return {code::done, {}};
}

std::string check_sqlite_copy(std::string_view bytes, const std::string& name,
                              std::int64_t& users)
{
    if (bytes.empty()) {
        return "\"" + name + "\" is empty";
    }
    sqlite_connection copy;
    sqlite_owner owner;
    std::string damaged = "\"" + name + "\" is damaged: take another copy";
    int error = copy.open_copy(without_a_log(bytes));
    if (error == SQLITE_OK && !read_sqlite_owner(copy, owner)) {
        error = copy.last_error();
    }
    if ((error & 0xff) == SQLITE_CORRUPT) {
        return damaged;
    }
    if (error != SQLITE_OK) {
        owner = sqlite_owner();
        owner.reason = "it is no SQLite database, or an encrypted one";
    }
    if (owner.is == sqlite_owner::who::nobody) {
        return "\"" + name + "\" is an empty database";
    }
    if (!owner.usable()) {
        return describe_other_owner(name, owner);
    }
    if (owner.schema_version > sqlite_schema_version) {
        return describe_newer_schema(name, owner.schema_version);
    }
    std::int64_t good_tables = 0;
    if (!copy.read_number("SELECT count(*) FROM users", users) ||
        !copy.read_number("SELECT count(*) FROM pragma_integrity_check "
                          "WHERE integrity_check = 'ok'",
                          good_tables) ||
        good_tables != 1) {
        return damaged;
    }
    return {};
}

store_answer restore_sqlite_database(const std::string& path,
                                     std::string_view bytes)
{
    sqlite_connection copy;
    if (copy.open_copy(without_a_log(bytes)) != SQLITE_OK ||
        !complete_sqlite_copy(copy)) {
        return {code::unavailable,
                "cannot use the copy: " + copy.last_message()};
    }
    sqlite_database database(path);
    sqlite_database::lease connection(database);
    store_answer answer;
    if (!connection.take(false, answer)) {
        return answer;
    }
    answer = check_sqlite_schema(database, connection, true);
    if (!answer.done()) {
        return answer;
    }
    if (!raise_epochs(*connection, copy)) {
        return connection.fail("read");
    }
    const int end = copy_content(copy, *connection);
    if (end != SQLITE_DONE) {
        answer = database.explain("write to", end, sqlite3_errstr(end));
        answer.status =
            end == SQLITE_IOERR_FSYNC ? code::unknown : code::unavailable;
        return answer;
    }
    if (!connection.is_in_place(answer)) {
        answer.status = code::unknown;
        return answer;
    }
    return {code::done, {}};
}

} // namespace auth
