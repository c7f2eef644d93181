#pragma once

#include <string>

namespace auth {

/// Whether processes use the files "-wal" and "-shm" beside a database for
/// another file, which had the same name before. The locks tell: a process that
/// uses "-shm" has a lock on its database, too. Call it in a process that has
/// no connection to the database.
bool is_log_of_another_file(const std::string& path) noexcept;

/// The name under which the log of a replaced database is kept.
std::string replaced_log_of(const std::string& path);

} // namespace auth
