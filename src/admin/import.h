#pragma once

#include "store/admin_store.h"

#include <iosfwd>

namespace auth {

/// Adds the users of a password file (password_file.h) to the store, with the
/// hashes of the file. It skips lines that it cannot take, and names them on
/// `complaints`. It also skips names that are taken, and changes no user, so it
/// may be run again. At the end `out` gets the result, as a sentence or as a
/// JSON object.
///
/// Throws failure: refused at the end, if it had to skip lines; unavailable or
/// unknown at the line at which the store failed.
void import_users(std::istream& file, admin_store& users, bool json,
                  std::ostream& out, std::ostream& complaints);

} // namespace auth
