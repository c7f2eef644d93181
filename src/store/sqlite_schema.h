#pragma once

#include "store/sqlite_database.h"
#include "store/sqlite_owner.h"

namespace auth {

/// What a connection is about to do.
enum class sqlite_use { read_users, read_sessions, write };

/// Checks the schema, and makes what is missing in a file of this module. A
/// reader makes no table: an empty file stays empty, and a file of an older
/// module gets its tables of sessions from the first writer. A file of another
/// program stays as it is, byte for byte. Several processes may do so at the
/// same time. It costs little while the schema stays as this connection last
/// saw it.
///
/// Fails as absent if there is no table that could be read, and as unavailable
/// if the file cannot be used.
store_outcome check_sqlite_schema(sqlite_database& database,
                                  sqlite_database::lease& connection,
                                  sqlite_use use);

/// Does the same for a copy in memory. Returns false after an error.
bool complete_sqlite_copy(sqlite_connection& copy);

} // namespace auth
