#pragma once

#include "nginx/ngx.h"

namespace auth {

/// The access phase: lets a live session of `auth_login`'s realm through.
ngx_int_t check_login(ngx_http_request_t* r) noexcept;

/// Runs between access and content. Withdraws a challenge if another method of
/// `satisfy any` has let the request in, and takes pages straight to their
/// handler.
ngx_int_t before_content(ngx_http_request_t* r) noexcept;

} // namespace auth
