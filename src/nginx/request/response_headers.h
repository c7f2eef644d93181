#pragma once

#include "nginx/ngx.h"

#include <string_view>

namespace auth {

/// Adds a response header; both must live as long as the request.
ngx_table_elt_t* add_response_header(ngx_http_request_t* r,
                                     std::string_view name, ngx_str_t value);

/// Adds a WWW-Authenticate header where nginx looks for it.
ngx_table_elt_t* add_challenge(ngx_http_request_t* r, ngx_str_t value);

/// Removes every response header of a folded name.
void drop_response_headers(ngx_http_request_t* r,
                           std::string_view folded) noexcept;

/// Puts a Basic challenge before all others, because many clients read only the
/// first.
void put_basic_first(ngx_http_request_t* r) noexcept;

/// Whether auth_basic has asked for a password, even if that was withdrawn.
bool has_basic_challenge(const ngx_http_request_t* r) noexcept;
bool has_cache_control(const ngx_http_request_t* r) noexcept;
void add_cache_control(ngx_http_request_t* r, std::string_view value);

} // namespace auth
