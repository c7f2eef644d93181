#pragma once

#include "sqlite_database.h"

namespace auth {

/// The version of table `users` that this module makes and understands.
constexpr int sqlite_schema_version = 1;

/// Makes table `users` and its indexes, or adds what is missing to a table
/// that was made by hand. Two processes may do so at the same time. Does
/// nothing where the schema version is right already.
store_answer make_sqlite_schema(sqlite_database& database,
                                sqlite_database::lease& connection);

/// The answer for a file that a newer version of this module has made.
store_answer newer_sqlite_schema(const sqlite_database& database, int version);

} // namespace auth
