#pragma once

#include "store/admin_store.h"

#include <iosfwd>

namespace auth {

/// Adds the users of a password file (password_file.h) to the store, each with
/// the hash that stands there. A line that cannot be taken is named on
/// `complaints` and left out, as is a name that is taken: nobody is changed.
/// So it may be run again. `out` tells at the end what became of all, in a
/// sentence or as a JSON object.
///
/// Throws failure: refused after all others were added, where lines could not
/// be taken; unavailable or unknown at the line at which the store failed.
void import_users(std::istream& file, admin_store& users, bool json,
                  std::ostream& out, std::ostream& complaints);

} // namespace auth
