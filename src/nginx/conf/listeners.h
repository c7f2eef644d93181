#pragma once

#include "nginx/ngx.h"

namespace auth {

/// Warns, once for each realm of each server, of listeners without TLS that
/// other machines can reach: with `cookie_secure auto` anybody on the way could
/// take the cookies. Warns also of unix sockets, whose clients have no address
/// to count attempts by. Call it after the whole configuration has been read.
void warn_of_listeners(ngx_conf_t* cf,
                       const ngx_http_core_main_conf_t& core) noexcept;

} // namespace auth
