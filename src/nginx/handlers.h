#pragma once

// What the module hooks into nginx's phases, filters and variables.

#include "nginx/ngx.h"

namespace auth {

/// The content handler of a location with `auth_page`.
ngx_int_t handle_page(ngx_http_request_t* r) noexcept;

/// The access phase: lets a live session of `auth_login`'s realm through.
ngx_int_t check_login(ngx_http_request_t* r) noexcept;

/// Between access and content: withdraws a challenge that another method of
/// `satisfy any` has made pointless, and takes pages straight to their
/// handler.
ngx_int_t before_content(ngx_http_request_t* r) noexcept;

/// Adds the headers of all our answers, and keeps protected ones private.
ngx_int_t install_header_filter(ngx_conf_t* cf) noexcept;

/// $auth_user and its kin; $remote_user's new meaning.
ngx_int_t add_variables(ngx_conf_t* cf) noexcept;

/// Lets variables that were evaluated before the login was checked be
/// evaluated anew.
void refresh_variables(ngx_http_request_t* r) noexcept;

} // namespace auth
