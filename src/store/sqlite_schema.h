#pragma once

#include "store/sqlite_database.h"
#include "store/sqlite_owner.h"

namespace auth {

/// Checks the schema, and makes what is missing in a file of this module. An
/// empty file stays empty if `make_table` is false. A file of another program
/// stays as it is, byte for byte. Several processes may do so at the same time.
/// It costs little while the schema stays as this connection last saw it.
///
/// Fails as absent if the file is empty, and as unavailable if it cannot be
/// used.
store_outcome check_sqlite_schema(sqlite_database& database,
                                  sqlite_database::lease& connection,
                                  bool make_table);

/// Does the same for a copy in memory. Returns false after an error.
bool complete_sqlite_copy(sqlite_connection& copy);

} // namespace auth
