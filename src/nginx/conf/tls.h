#pragma once

// What this module asks of nginx's TLS. A module that was configured
// --with-compat but without TLS may be loaded by an nginx that has it.

#include "nginx/ngx.h"

namespace auth {

/// Whether the client speaks TLS to this nginx.
inline bool has_tls(const ngx_connection_t* c) noexcept
{
#if (NGX_SSL || NGX_COMPAT)
    return c->ssl != nullptr;
#else
    (void)c;
    return false;
#endif
}

/// `ssl on` of a server, which nginx before 1.25.1 has: TLS on every listener.
bool is_all_tls(const ngx_cycle_t* cycle,
                const ngx_http_core_srv_conf_t& server) noexcept;

/// Has OpenSSL wipe what it has deciphered as soon as nginx has taken it, on
/// all connections of the server.
void cleanse_plaintext(const ngx_cycle_t* cycle,
                       const ngx_http_core_srv_conf_t& server) noexcept;

} // namespace auth
