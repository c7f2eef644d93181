#pragma once

#include "nginx/ngx.h"

namespace auth {

/// Has the pool overwrite all its memory when it is destroyed: after the
/// request has been logged and every other cleanup has run. Saying it again
/// changes nothing. Throws std::bad_alloc.
void wipe_at_end(ngx_pool_t* pool);

} // namespace auth
