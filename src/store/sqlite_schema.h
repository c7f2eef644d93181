#pragma once

#include "store/sqlite_database.h"
#include "store/sqlite_owner.h"

namespace auth {

/// The version of table `users` that this module makes and understands (PRAGMA
/// user_version). New columns do not raise it, so that an older module still
/// works on the file.
constexpr int sqlite_schema_version = 1;

/// Whether this module has made table `users`. The statement tells, which the
/// database keeps. A table of an older module, which lacks some of the optional
/// columns, counts, too.
bool is_our_users_table(std::string_view create_statement);

/// Whether this module makes an index of this name.
bool is_our_index(std::string_view name) noexcept;

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
