#pragma once

#include "nginx/ngx.h"

namespace auth {

/// The largest form body that is read.
constexpr off_t max_form_size = 8192;

/// Makes the limits of a form's body hold for every reader, also for a module
/// that runs before the page (Lua, ModSecurity). nginx's reading ends in 413
/// beyond max_form_size, and in 408 if it takes too long (form_deadline). Call
/// it at postconfiguration.
ngx_int_t install_body_filter(ngx_conf_t* cf) noexcept;

/// Sets what nginx does with bodies in the location of a page: no limit of its
/// own, which would come before the module's other refusals, and no file.
void keep_bodies_in_memory(ngx_http_core_loc_conf_t& core) noexcept;

/// Whether the body has been read whole, into memory, and is not too large for
/// a form. This is false if nginx has read the body before it knew the location
/// (client_body_early_read), or if a module has put it into a file.
bool is_form_sized(const ngx_http_request_t* r) noexcept;

/// Whether the body is there as the client has sent it: as long as its
/// Content-Length, and not empty if it came in chunks. This is false if a
/// module has read the body and kept it (Lua's discard_body and sockets).
bool is_form_left(const ngx_http_request_t* r) noexcept;

} // namespace auth
