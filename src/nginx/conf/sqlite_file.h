#pragma once

#include "nginx/ngx.h"
#include "nginx/realm.h"

namespace auth {

/// With a SQLite store: looks, as the worker's user, whether the workers will
/// be able to use the database; makes its file if there is none; and binds the
/// realm's store to that file (see store/sqlite_start.h). The same for the key
/// beside it (see store/sqlite_key.h), unless the realm has a `secret`.
///
/// In the master, while a failure still keeps the old cycle: false, after it
/// has logged what is wrong. Under `nginx -t` it looks, and makes nothing.
bool prepare_sqlite_file(ngx_cycle_t* cycle, realm& owner) noexcept;

} // namespace auth
