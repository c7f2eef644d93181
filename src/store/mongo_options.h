#pragma once

#include "store/mongo_handles.h"

namespace auth {

/// Adds to a URI what every command of the module needs: time limits where the
/// URI has none, writes to a majority, reads from the primary, and none of the
/// driver's own retries.
void set_mongo_options(mongoc_uri_t* uri);

} // namespace auth
