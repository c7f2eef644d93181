#pragma once

#include "nginx/ngx.h"

namespace auth {

/// Warns, once for each realm of each server, of listeners without TLS that
/// others than this machine can reach, where `cookie_secure auto` would give
/// out cookies for anybody on the way to take; and of unix sockets, whose
/// clients have no address to count attempts by. After all has been read.
void warn_of_listeners(ngx_conf_t* cf,
                       const ngx_http_core_main_conf_t& core) noexcept;

} // namespace auth
