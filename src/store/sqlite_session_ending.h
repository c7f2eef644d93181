#pragma once

#include "store/session_store.h"
#include "store/sqlite_database.h"

#include <string>

namespace auth {

// Parts of changes (sqlite_write.h) that end sessions. Each deletes, then
// appends the revocation, and removes some revocations that are too old. They
// fail as unavailable or unknown.

/// Ends one session, whether or not it is there.
store_outcome end_sqlite_session(sqlite_database::lease& connection,
                                 const sha256_digest& digest);

/// Ends the sessions of a user of a lower epoch.
store_outcome end_lower_sqlite_epochs(sqlite_database::lease& connection,
                                      const std::string& user_id,
                                      std::int64_t epoch);

} // namespace auth
