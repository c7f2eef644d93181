#pragma once

#include "store/sqlite_connection.h"

#include <string>

namespace auth {

/// "ngxa": PRAGMA application_id of the databases that this module makes. It
/// tells them from the databases of other programs, so it never changes.
constexpr std::int32_t sqlite_application_id = 0x6e677861;

/// The program to which a database belongs.
struct sqlite_owner {
    enum class who {
        nobody, ///< empty: this module may make its table
        ours,
        ours_unmarked, ///< an older module has made it, without a mark
        other          ///< another program's, or no database at all
    };
    who is = who::other;
    std::int64_t schema_version = 0; ///< PRAGMA user_version
    std::string reason;              ///< for other: how that shows

    bool usable() const noexcept { return is != who::other; }
};

/// Asks an open database, without writing. Returns false after an error.
bool read_sqlite_owner(sqlite_connection& connection, sqlite_owner& owner);

/// Looks at a file. This process must not have it open, or it would lose its
/// locks. Neither the file nor the files beside it change, whatever program
/// they belong to. A missing file is nobody's. A file that cannot be read is
/// `other`, with the reason. `without_log` says that the log beside the file is
/// not its own.
sqlite_owner inspect_sqlite_file(const std::string& path,
                                 bool without_log = false);

/// What to say of a file of another program.
std::string describe_other_owner(const std::string& path,
                                 const sqlite_owner& owner);

/// What to say of a file that a newer version of this module has made.
std::string describe_newer_schema(const std::string& path,
                                  std::int64_t schema_version);

} // namespace auth
