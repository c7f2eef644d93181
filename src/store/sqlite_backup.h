#pragma once

#include "store/sqlite_database.h"

#include <string>
#include <string_view>

namespace auth {

/// Gives the database as it is at one moment, as the bytes of a file that
/// needs no other file beside it. Other processes may use the database.
/// done or unavailable.
store_answer copy_sqlite_database(const std::string& path, std::string& bytes);

/// Checks that `bytes` are a whole database of this module, and counts its
/// users. Empty, or what is wrong, which begins with `name`.
std::string check_sqlite_copy(std::string_view bytes, const std::string& name,
                              std::int64_t& users);

/// Makes the database what check_sqlite_copy() has accepted, at one moment:
/// processes that use it find the former state or the new one. done,
/// unavailable (nothing has changed) or unknown.
store_answer restore_sqlite_database(const std::string& path,
                                     std::string_view bytes);

} // namespace auth
