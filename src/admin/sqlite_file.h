#pragma once

#include <string>

namespace auth {

/// Makes ready for opening a SQLite database: root becomes the user whose file
/// it is, for good, so that nothing in that user's folder is followed or made
/// as root. With `create` a file that is missing is made, for the owner of its
/// folder. Throws failure when the file is missing or cannot be used.
void enter_sqlite_file(const std::string& path, bool create);

} // namespace auth
