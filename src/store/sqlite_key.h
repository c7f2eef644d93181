#pragma once

#include "base/checked.h"
#include "base/wiped_string.h"

#include <string>
#include <string_view>

namespace auth {

/// Makes the id of a key: another key has another id, and the id tells nothing
/// else about the key.
using key_id_maker = std::string (*)(std::string_view key);

/// The key of a SQLite database.
struct sqlite_key {
    wiped_string text;  ///< empty: there is none yet
    std::string notice; ///< a line for the log, mostly empty
};

/// Reads the key of a database from the file beside it. If the database has
/// never been used with a key, and unless `only_look`, it makes the file and
/// notes the key's id in the database. A database that was used with another
/// key, or whose key is missing, is refused: the sentence says what to do.
///
/// To be called as the user who will use the database, after
/// prepare_sqlite_start(), and in a process that has no connection to it.
checked<sqlite_key> prepare_sqlite_key(const std::string& database,
                                       key_id_maker id_of, bool only_look);

/// What to say of a database that was used with a key whose file is missing.
std::string describe_missing_key(const std::string& database);

/// What to say of a key file that belongs to another database.
std::string describe_other_key(const std::string& database,
                               const std::string& key_file);

} // namespace auth
