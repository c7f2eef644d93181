#pragma once

#include "store/sqlite_connection.h"

#include <string_view>
#include <vector>

namespace auth {

/// A table or an index for sessions.
struct sessions_object {
    std::string_view name;
    const char* create;
};

/// In the order in which they are made. An older module works on a file that
/// has them, and a file of an older module lacks them. All times are
/// milliseconds since 1970. `password` has the bits of the fingerprint as a
/// signed number. A revocation names a session, or a user and the epoch that
/// lives.
inline constexpr sessions_object sessions_objects[] = {
    {"ngx_auth_sessions", "CREATE TABLE ngx_auth_sessions ("
                          " digest BLOB PRIMARY KEY NOT NULL,"
                          " kind TEXT NOT NULL,"
                          " realm TEXT NOT NULL,"
                          " secure INTEGER NOT NULL,"
                          " remembered INTEGER NOT NULL,"
                          " user TEXT NOT NULL,"
                          " epoch INTEGER NOT NULL,"
                          " password INTEGER NOT NULL,"
                          " created INTEGER NOT NULL,"
                          " seen INTEGER NOT NULL,"
                          " until INTEGER NOT NULL,"
                          " password_shown INTEGER NOT NULL,"
                          " code_shown INTEGER NOT NULL,"
                          " address TEXT NOT NULL,"
                          " browser TEXT NOT NULL) WITHOUT ROWID"},
    {"ngx_auth_sessions_user", "CREATE INDEX ngx_auth_sessions_user"
                               " ON ngx_auth_sessions (user, created)"},
    {"ngx_auth_sessions_until",
     "CREATE INDEX ngx_auth_sessions_until ON ngx_auth_sessions (until)"},
    {"ngx_auth_revocations", "CREATE TABLE ngx_auth_revocations ("
                             " at INTEGER NOT NULL,"
                             " session BLOB,"
                             " user TEXT,"
                             " epoch INTEGER)"},
    {"ngx_auth_revocations_at",
     "CREATE INDEX ngx_auth_revocations_at ON ngx_auth_revocations (at)"},
};

/// Appends those that the file lacks. Returns false after an error.
bool find_missing_of_sessions(sqlite_connection& connection,
                              std::vector<const sessions_object*>& missing);

} // namespace auth
