#pragma once

#include "store/sqlite_connection.h"

#include <functional>
#include <string>

namespace auth {

/// Asks a database file without any lock, together with what waits in the log
/// beside it, unless `without_log` says that this log is not its own. Neither
/// the file nor the files beside it change. This process must not have it open,
/// or it would lose its locks.
///
/// `ask` returns false after an error. It is then called again, with another
/// connection: what it has read can be torn while another process writes.
/// Returns SQLITE_OK or an extended error code.
int look_at_sqlite_file(const std::string& path, bool without_log,
                        const std::function<bool(sqlite_connection&)>& ask);

} // namespace auth
