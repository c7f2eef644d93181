#pragma once

#include "store/sqlite_database.h"

#include "base/checked.h"

#include <string>
#include <string_view>

namespace auth {

// A database keeps the id of the key that it is used with, in a table
// `ngx_auth_meta` (name, value). So a key that is missing is not replaced by a
// new one without a word. The id tells nothing about the key.

/// Reads the id; it is empty if the database keeps none. Returns false after an
/// error.
bool read_sqlite_key_id(sqlite_connection& connection, std::string& id);

/// Writes the id, unless the database keeps one. Makes the table if it is
/// missing. Returns false after an error.
bool write_sqlite_key_id(sqlite_connection& connection, std::string_view id);

/// Removes the id. Returns false after an error.
bool erase_sqlite_key_id(sqlite_connection& connection);

/// Reads the id as look_at_sqlite_file() reads. It is empty for a missing
/// file, too.
checked<std::string> look_up_sqlite_key_id(const std::string& path);

/// Writes the id unless the database keeps one, and gives what it keeps then.
store_result<std::string> note_sqlite_key_id(const std::string& path,
                                             std::string_view id);

/// Removes the id, and gives whether there was one.
store_result<bool> forget_sqlite_key_id(const std::string& path);

} // namespace auth
