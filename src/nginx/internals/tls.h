#pragma once

// Listeners and TLS. A module that was configured --with-compat but without TLS
// may be loaded by an nginx that has it.

#include "nginx/ngx.h"

namespace auth {

/// Whether every server of a listener speaks TLS on it (QUIC from 1.25.0 on).
inline bool has_tls(const ngx_http_listen_opt_t& listener) noexcept
{
#if nginx_version >= 1025000
    return listener.ssl != 0 || listener.quic != 0;
#else
    return listener.ssl != 0;
#endif
}

/// A listener of the server for which `is_it` is true, or null.
const ngx_http_listen_opt_t*
find_listener(const ngx_http_core_main_conf_t& core,
              const ngx_http_core_srv_conf_t& server,
              bool (*is_it)(const ngx_http_listen_opt_t&) noexcept) noexcept;

/// `ssl on` of a server, which nginx before 1.25.1 has: TLS on every listener.
bool is_all_tls(const ngx_cycle_t* cycle,
                const ngx_http_core_srv_conf_t& server) noexcept;

/// Lets OpenSSL wipe what it has deciphered as soon as nginx has taken it, on
/// all connections of the server.
void cleanse_plaintext(const ngx_cycle_t* cycle,
                       const ngx_http_core_srv_conf_t& server) noexcept;

} // namespace auth
