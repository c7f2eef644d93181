#pragma once

#include "nginx/ngx.h"
#include "nginx/realm.h"

namespace auth {

/// Checks that the worker will be able to use the database, and makes its
/// file: empty, the worker's own, readable by nobody else. A link is never
/// followed: whoever may write the folder could choose what root opens.
///
/// In the master, while a failure still keeps the old cycle: false, after it
/// has logged what is wrong. Under `nginx -t` it looks, and makes nothing.
bool prepare_sqlite_file(ngx_cycle_t* cycle, const realm& of);

} // namespace auth
