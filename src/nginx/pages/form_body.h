#pragma once

#include "nginx/ngx.h"

namespace auth {

/// The largest form body that is read.
constexpr off_t max_form_size = 8192;

/// Makes the limits of a form's body hold whoever reads it first, a page or a
/// module that runs before it (Lua, ModSecurity): nginx's reading ends in 413
/// beyond max_form_size, and in 408 when it takes too long (form_deadline).
/// For postconfiguration.
ngx_int_t install_body_filter(ngx_conf_t* cf) noexcept;

/// Sets what nginx does with bodies in a page's location: no limit of its own,
/// which would come before our other refusals, and no file.
void keep_bodies_in_memory(ngx_http_core_loc_conf_t& core) noexcept;

/// Whether the body has been read whole, into memory, and is no larger than a
/// form may be. It may be not where nginx has read it before it knew that it is
/// for a page (client_body_early_read), or a module has put it into a file.
bool is_form_sized(const ngx_http_request_t* r) noexcept;

} // namespace auth
