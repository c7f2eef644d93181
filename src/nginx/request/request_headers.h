#pragma once

#include "nginx/header_names.h"
#include "nginx/ngx.h"
#include "nginx/realm.h"

#include <optional>
#include <string_view>

namespace auth {

/// A subrequest begins with its parent's list of headers, to which it may not
/// add.
enum class header_list { any, own };

/// Removes every request header with one of the names, and every empty Cookie
/// header. After that the request has a list of its own, if the caller asks for
/// it.
void remove_request_headers(ngx_http_request_t* r, const header_names& names,
                            header_list wanted = header_list::any);

/// Whether a request still has the list of headers of the other request.
bool shares_request_headers(const ngx_http_request_t* r,
                            const ngx_http_request_t* other) noexcept;

/// Adds a header for upstreams to the request's own list. The value must live
/// as long as the request.
void add_request_header(ngx_http_request_t* r, const identity_header& header,
                        ngx_str_t value);

/// A request header by its name, or nullopt. Several headers of one name are
/// joined by
/// ", ", so that nobody reads only one of them.
std::optional<std::string_view> request_header(ngx_http_request_t* r,
                                               std::string_view name);

/// The host and port that a request was sent to, as its Host header says.
std::string_view requested_host(const ngx_http_request_t* r) noexcept;

} // namespace auth
