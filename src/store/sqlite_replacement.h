#pragma once

#include <string>

namespace auth {

/// Whether the files "-wal" and "-shm" beside a database are in use by
/// processes that have another file open, which had the same name before.
/// Told by their locks: whoever uses "-shm" has a lock on its database, too.
/// To be called in a process that has no connection to the database.
bool is_log_of_another_file(const std::string& path) noexcept;

/// What a log is called that is no part of the database beside it.
std::string replaced_log_of(const std::string& path);

} // namespace auth
