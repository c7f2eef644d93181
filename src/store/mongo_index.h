#pragma once

#include "mongo_client.h"
#include "user_store.h"

#include <string>

namespace auth {

/// Looks for a unique index on { path: 1 } and makes it if there is none.
/// Without it two registrations at the same time could both get a name.
store_answer ensure_username_index(mongo_client& client,
                                   const std::string& path);

} // namespace auth
