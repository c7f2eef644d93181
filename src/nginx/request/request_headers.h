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

/// Takes every request header away that has one of the names, and every
/// Cookie header that is empty. After that the list is this request's own, if
/// it is asked to be.
void remove_request_headers(ngx_http_request_t* r, const header_names& names,
                            header_list wanted = header_list::any);

/// Whether a request still has the other one's list of headers.
bool shares_request_headers(const ngx_http_request_t* r,
                            const ngx_http_request_t* other) noexcept;

/// Adds a header for upstreams, to a list of the request's own. The value must
/// live as long as the request.
void add_request_header(ngx_http_request_t* r, const identity_header& header,
                        ngx_str_t value);

/// A request header by its name; several of one name joined by ", ", so that
/// nobody reads the one that suits. nullopt when there is none.
std::optional<std::string_view> request_header(ngx_http_request_t* r,
                                               std::string_view name);

/// The host and port that a request was sent to, as its Host header says.
std::string_view requested_host(const ngx_http_request_t* r) noexcept;

} // namespace auth
