#include "store/sqlite_owner.h"

#include "store/sqlite_look.h"
#include "store/sqlite_users_table.h"

#include "base/descriptor.h"
#include "base/text.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

namespace auth {

namespace {

using who = sqlite_owner::who;

/// The start of a database file (https://www.sqlite.org/fileformat.html).
using file_header = std::array<unsigned char, 100>;
constexpr char magic[] = "SQLite format 3"; // and its NUL
constexpr std::size_t user_version_at = 60;
constexpr std::size_t application_id_at = 68;

std::int32_t big_endian(const file_header& header, std::size_t at) noexcept
{
    return static_cast<std::int32_t>(
        static_cast<std::uint32_t>(header[at]) << 24 |
        static_cast<std::uint32_t>(header[at + 1]) << 16 |
        static_cast<std::uint32_t>(header[at + 2]) << 8 |
        static_cast<std::uint32_t>(header[at + 3]));
}

std::string foreign_id(std::int64_t id)
{
    return "another program has marked it (application_id " +
           std::to_string(id) + ")";
}

/// An index of table users, or a further table of this module with its indexes.
/// A file with such a table has lost its mark, as when it was made anew from a
/// dump.
bool is_ours_besides_users(std::string_view type, std::string_view name,
                           std::string_view table) noexcept
{
    const bool is_index = type == "index";
    return (is_index && table == "users" && is_our_index(name)) ||
           ((is_index || type == "table") &&
            starts_with(table, own_table_prefix));
}

/// Goes through everything besides SQLite's own tables. Returns false after an
/// error.
bool look_for_strangers(sqlite_connection& connection, bool& has_users,
                        std::string& stranger)
{
    sqlite3_stmt* statement =
        connection.statement("SELECT type, name, tbl_name, sql FROM "
                             "sqlite_schema WHERE name NOT GLOB 'sqlite_*'");
    if (statement == nullptr) {
        return false;
    }
    sqlite_query row(statement);
    int step = row.step();
    for (; step == SQLITE_ROW; step = row.step()) {
        const std::string_view type = row.bytes(0);
        const std::string_view name = row.bytes(1);
        if (type == "table" && name == "users" &&
            is_our_users_table(row.bytes(3))) {
            has_users = true;
        } else if (type == "table" && name == "users") {
            stranger = "its table users is not the one that this module makes";
        } else if (!is_ours_besides_users(type, name, row.bytes(2))) {
            stranger = "it has a " + std::string(type) + " \"" +
                       std::string(name) + "\", which this module never makes";
        }
    }
    return step == SQLITE_DONE;
}

} // namespace

bool read_sqlite_owner(sqlite_connection& connection, sqlite_owner& owner)
{
    std::int64_t id = 0;
    if (!connection.read_number("PRAGMA application_id", id) ||
        !connection.read_number("PRAGMA user_version", owner.schema_version)) {
        return false;
    }
    if (id != 0) {
        owner.is = id == sqlite_application_id ? who::ours : who::other;
        owner.reason = foreign_id(id);
        return true;
    }
    bool has_users = false;
    owner.is = who::other;
    owner.reason.clear();
    if (!look_for_strangers(connection, has_users, owner.reason)) {
        return false;
    }
    if (!owner.reason.empty()) {
        return true;
    }
    if (owner.schema_version == (has_users ? 1 : 0)) {
        owner.is = has_users ? who::ours_unmarked : who::nobody;
        return true;
    }
    owner.reason = "its user_version is " +
                   std::to_string(owner.schema_version) +
                   ", and it has no application_id";
    return true;
}

namespace {

sqlite_owner other(std::string reason)
{
    sqlite_owner owner;
    owner.reason = std::move(reason);
    return owner;
}

/// Reads the schema, together with what waits in a write-ahead log.
sqlite_owner ask_sqlite(const std::string& path, bool without_log)
{
    if (size_of(path + "-journal") > 0) {
        return other("a journal beside it holds a change that its own program "
                     "has not finished");
    }
    sqlite_owner owner;
    const int error = look_at_sqlite_file(
        path, without_log, [&owner](sqlite_connection& connection) {
            return read_sqlite_owner(connection, owner);
        });
    return error == SQLITE_OK ? owner
                              : other(std::string("SQLite cannot read it (") +
                                      sqlite3_errstr(error) + ")");
}

} // namespace

sqlite_owner inspect_sqlite_file(const std::string& path, bool without_log)
{
    const descriptor file(
        open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (!file.is_open() && errno == ENOENT) {
        sqlite_owner missing;
        missing.is = who::nobody;
        return missing;
    }
    file_header header{};
    const ssize_t size =
        file.is_open() ? pread(file.get(), header.data(), header.size(), 0)
                       : -1;
    if (size == -1) {
        return other(std::string("it cannot be read: ") + std::strerror(errno));
    }
    if (size == 0) {
        sqlite_owner empty;
        empty.is = who::nobody;
        return empty;
    }
    if (static_cast<std::size_t>(size) < header.size() ||
        std::memcmp(header.data(), magic, sizeof magic) != 0) {
        return other("it is no SQLite database, or an encrypted one");
    }
    const std::int32_t id = big_endian(header, application_id_at);
    if (id == 0) {
        return ask_sqlite(path, without_log);
    }
    sqlite_owner owner;
    owner.is = id == sqlite_application_id ? who::ours : who::other;
    owner.schema_version = big_endian(header, user_version_at);
    owner.reason = foreign_id(id);
    return owner;
}

std::string describe_other_owner(const std::string& path,
                                 const sqlite_owner& owner)
{
    return "\"" + path + "\" is no database of this module, " + owner.reason +
           ": the module leaves it as it is; name another file (if this file "
           "is the module's own and was made anew from a dump, mark it with "
           "PRAGMA application_id=" +
           std::to_string(sqlite_application_id) + ")";
}

std::string describe_newer_schema(const std::string& path,
                                  std::int64_t schema_version)
{
    return "\"" + path +
           "\" was made by a newer version of this module (schema " +
           std::to_string(schema_version) + ", this one knows " +
           std::to_string(sqlite_schema_version) + "): install that version";
}

} // namespace auth
