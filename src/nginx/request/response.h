#pragma once

#include "nginx/configuration.h"
#include "nginx/ngx.h"

#include "base/wiped_string.h"
#include "web/pages.h"

#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// An answer of ours. The security headers are the header filter's.
struct response {
    ngx_uint_t status = NGX_HTTP_OK;
    std::string body;                  ///< HTML; empty for redirects
    std::string location;              ///< relative, so that no scheme or host
                                       ///< is made up behind a TLS terminator
    std::vector<wiped_string> cookies; ///< Set-Cookie values
    std::string_view allow;            ///< for 405
    ngx_str_t challenge = {};          ///< for 401
    std::uint32_t retry_after_s = 0;   ///< Retry-After; 0: none
};

/// Sends it. Returns what a content handler returns.
ngx_int_t send(ngx_http_request_t* r, const response& what);

/// The parts of that, for the header filter: what the answer's head says, and
/// the body for ngx_http_output_filter(), made before the head is sent: once it
/// has been, no error can be told any more.
void set_head(ngx_http_request_t* r, const response& what);
ngx_buf_t* make_body(ngx_http_request_t* r, const std::string& body);

/// 302 or 303 to a path of this site, which is percent-encoded where that is
/// still to be done.
response redirect(ngx_uint_t status, std::string_view path);

/// 425, which nginx has no name for.
constexpr ngx_uint_t too_early = 425;

/// Whether the request has come as TLS early data, as nginx itself says.
bool is_early_data(ngx_http_request_t* r);

/// GET or HEAD.
bool is_get(const ngx_http_request_t* r) noexcept;

/// Whether the answer has the status of an error already, which an
/// `error_page` has led here for. It is a normal answer where that directive
/// has given it another status (`error_page 404 =200 /spa.html`).
bool is_error_page(const ngx_http_request_t* r) noexcept;

/// A page's values that depend on who asks and where: realm, user, links.
page_model model_for(ngx_http_request_t* r, server_realm& here);

/// A refusal with the error page.
response refusal(ngx_http_request_t* r, server_realm& here, ngx_uint_t status,
                 std::string_view title, std::string_view message);

/// 503: `message` says what the person may do.
response unavailable(ngx_http_request_t* r, server_realm& here,
                     std::string_view message);

} // namespace auth
