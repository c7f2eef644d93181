#pragma once

#include "store/sqlite_database.h"

#include <functional>

namespace auth {

/// Sets the parameters of a statement.
using sqlite_binder = std::function<void(sqlite_query&)>;

/// Makes the schema complete and runs `change` in one transaction, which is
/// committed if `change` succeeds. Otherwise nothing has changed. Fails as
/// `change` does, unavailable or unknown.
store_outcome write_to_sqlite(
    sqlite_database& database,
    const std::function<store_outcome(sqlite_database::lease&)>& change);

/// Runs a statement that writes, inside of a change; `sql` is a literal.
/// How many rows it has changed, changed_rows() says. Fails as unavailable or
/// unknown.
store_outcome run_sqlite(sqlite_database::lease& connection, const char* sql,
                         const sqlite_binder& bind);

/// Runs a query and calls `visit` for each row. Fails as unavailable.
store_outcome
query_sqlite(sqlite_database::lease& connection, const char* sql,
             const sqlite_binder& bind,
             const std::function<void(const sqlite_query&)>& visit);

} // namespace auth
