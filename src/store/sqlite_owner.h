#pragma once

#include "store/sqlite_connection.h"

#include <string>

namespace auth {

/// "ngxa": PRAGMA application_id of the databases that this module makes. It
/// is never changed: it tells them from those of other programs.
constexpr std::int32_t sqlite_application_id = 0x6e677861;

/// Whose a database is.
struct sqlite_owner {
    enum class who {
        nobody, ///< empty: this module may make its table
        ours,
        ours_unmarked, ///< made by a module of before: no application_id yet
        other          ///< somebody else's, or no database at all
    };
    who is = who::other;
    std::int64_t schema_version = 0; ///< PRAGMA user_version
    std::string reason;              ///< other: what tells so

    bool usable() const noexcept { return is != who::other; }
};

/// Asks an open database, without writing. False after an error of SQLite.
bool read_sqlite_owner(sqlite_connection& connection, sqlite_owner& owner);

/// Looks at a file that nobody has opened in this process: the locks that it
/// may have on it would be lost. Neither the file nor those beside it change,
/// whoever they belong to. A file that is missing is nobody's; of one that
/// cannot be read the reason is told. `without_log`: what lies beside the file
/// is not its log.
sqlite_owner inspect_sqlite_file(const std::string& path,
                                 bool without_log = false);

/// What to say of a file that is somebody else's.
std::string describe_other_owner(const std::string& path,
                                 const sqlite_owner& owner);

/// What to say of a file that a newer version of this module has made.
std::string describe_newer_schema(const std::string& path,
                                  std::int64_t schema_version);

} // namespace auth
