#pragma once

#include "nginx/ngx.h"

namespace auth {

/// Warns of addresses to listen on whose clients a realm cannot tell apart:
/// for nginx -t and every start, after everything has been read.
void warn_of_listeners(ngx_conf_t* cf);

} // namespace auth
