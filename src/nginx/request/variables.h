#pragma once

#include "nginx/ngx.h"

namespace auth {

/// Adds $auth_user and its kin, and gives $remote_user its new meaning.
ngx_int_t add_variables(ngx_conf_t* cf) noexcept;

/// Makes nginx evaluate variables anew that it evaluated before the login was
/// checked.
void refresh_variables(ngx_http_request_t* r) noexcept;

} // namespace auth
