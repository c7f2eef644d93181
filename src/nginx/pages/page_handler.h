#pragma once

#include "nginx/ngx.h"

namespace auth {

/// The content handler of a location with `auth_page`.
ngx_int_t handle_page(ngx_http_request_t* r) noexcept;

} // namespace auth
