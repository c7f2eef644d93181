#pragma once

#include "store/session_store.h"
#include "store/sqlite_connection.h"

namespace auth {

// Rows of the tables of sessions. Other programs can write into the file, so a
// value of another type than the module writes makes a row unusable.

/// Reads a row with all columns of table `ngx_auth_sessions` in their order.
/// Fails as unusable.
store_result<stored_session> read_session_row(const sqlite_query& row);

/// Binds all columns, in their order, from parameter 1 on. The session must
/// outlive the run.
void bind_session(const stored_session& session, sqlite_query& query);

/// Reads a digest. Returns false if the column has anything else.
bool read_digest(const sqlite_query& row, int column, sha256_digest& digest);

/// Reads a row with the columns at, session, user, epoch. Returns false if it
/// is unusable.
bool read_revocation_row(const sqlite_query& row, revocation& read);

} // namespace auth
