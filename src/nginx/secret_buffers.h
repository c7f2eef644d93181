#pragma once

// Buffers of nginx itself through which passwords and session tokens go, and
// when each is overwritten. What they hold must not be needed any more: nginx
// writes and frees them, we only come in between.

#include "nginx/ngx.h"

namespace auth {

/// A module of this nginx by its name, or null.
const ngx_module_t* find_module(const ngx_cycle_t* cycle,
                                std::string_view name) noexcept;

/// HTTP/2's receive buffer: one for all connections of a worker. It is
/// overwritten from the event loop, because nginx may still be reading frames
/// from it.
class http2_receive_buffer
{
public:
    /// While the configuration is read.
    void find(const ngx_cycle_t* cycle) noexcept;
    /// In a worker.
    void wipe_soon(ngx_http_request_t* r) noexcept;

private:
    static void wipe(ngx_event_t* event) noexcept;

    ngx_uint_t index_ = NGX_CONF_UNSET_UINT; ///< ctx_index of HTTP/2
    ngx_event_t event_ = {};
};

/// Has everything that this request keeps of its body and its answer wiped at
/// its end: before the body is read, for a request that may bring a password
/// or get a token. Throws std::bad_alloc.
void wipe_form_at_end(ngx_http_request_t* r);

/// Overwrites what HTTP/2 keeps of a request's Cookie headers besides the one
/// that it has put together of them; the table of header fields that it keeps
/// for the connection is wiped when that closes. Throws std::bad_alloc.
void wipe_http2_cookies(ngx_http_request_t* r);

/// ngx_http_discard_request_body(), and wipes what had been read of it.
ngx_int_t discard_body(ngx_http_request_t* r) noexcept;

/// Has OpenSSL wipe what it has deciphered as soon as nginx has taken it, on
/// all connections of the server that these configurations are of.
void wipe_deciphered(const ngx_cycle_t* cycle, void* const* srv_conf) noexcept;

} // namespace auth
