#pragma once

#include "store/file_identity.h"

#include "base/checked.h"

#include <string>

namespace auth {

/// What prepare_sqlite_start() has found.
struct sqlite_start {
    std::string notice; ///< a line for the log, mostly empty
    file_identity file; ///< the file that was found; none if `only_look`
};

/// Looks whether a site can use the database; if not, the answer says why and
/// what to do. And unless `only_look` makes its
/// file if there is none: without users, readable by nobody else. A link is
/// never followed: whoever may write the folder could choose what is opened. A
/// file of another program stays as it is, byte for byte.
///
/// To be called as the user who will use it, and in a process that has no
/// connection to the database: the locks of one would be lost. Other processes
/// may use it.
checked<sqlite_start> prepare_sqlite_start(const std::string& path,
                                           bool only_look);

} // namespace auth
