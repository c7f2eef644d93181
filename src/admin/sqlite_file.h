#pragma once

#include <string>

namespace auth {

/// Prepares this process to open a SQLite database. Root becomes the owner of
/// the file, for good, so that it follows and makes nothing as root in the
/// folder of that user. With `create` it makes a missing file, for the owner of
/// the folder. Throws failure if the file is missing or cannot be used.
void enter_sqlite_file(const std::string& path, bool create);

} // namespace auth
