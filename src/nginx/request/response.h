#pragma once

#include "nginx/configuration.h"
#include "nginx/ngx.h"

#include "base/wiped_string.h"
#include "web/pages.h"

#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// An answer of the module. The header filter adds the security headers.
struct response {
    ngx_uint_t status = NGX_HTTP_OK;
    std::string_view content_type = "text/html"; ///< of a body; a constant
    std::string body;                            ///< HTML; empty for redirects
    const std::string* ready = nullptr; ///< HTML of the configuration, in place
                                        ///< of a body; sent without a copy
    std::string location; ///< relative: behind a TLS terminator the
                          ///< scheme and host are not known
    std::vector<wiped_string> cookies; ///< Set-Cookie values
    std::string_view allow;            ///< for 405
    ngx_str_t challenge = {};          ///< for 401
    std::uint32_t retry_after_s = 0;   ///< Retry-After; 0: none

    const std::string& content() const noexcept
    {
        return ready != nullptr ? *ready : body;
    }
};

/// Sends the answer. Returns what a content handler returns.
ngx_int_t send(ngx_http_request_t* r, response what);

/// The two parts of sending, for the header filter: the head of the answer, and
/// the body for ngx_http_output_filter(). The body is made before the head is
/// sent, because after that an error cannot be told. It is moved out of the
/// answer: the request owns it from then on, and nginx sends its bytes.
void set_head(ngx_http_request_t* r, const response& what);
ngx_buf_t* make_body(ngx_http_request_t* r, response&& what);

/// 302 or 303 to a path of this site. It percent-encodes what is not encoded
/// yet.
response redirect(ngx_uint_t status, std::string_view path);

/// 425, for which nginx has no name.
constexpr ngx_uint_t too_early = 425;

/// Whether the request has come as TLS early data, as nginx itself says.
bool is_early_data(ngx_http_request_t* r);

/// GET or HEAD.
bool is_get(const ngx_http_request_t* r) noexcept;

/// Whether this is the answer for an error, to which an `error_page` has led.
/// If that directive has set another status, this is a normal answer
/// (`error_page 404 =200 /spa.html`).
bool is_error_page(const ngx_http_request_t* r) noexcept;

/// The values of a page that depend on the request: realm, user, links.
page_model model_for(ngx_http_request_t* r, server_realm& here);

/// A page of the realm as an answer.
response page_response(const server_realm& here, ngx_uint_t status,
                       page_kind which, const page_model& model);

/// A refusal, with the error page.
response refusal(ngx_http_request_t* r, server_realm& here, ngx_uint_t status,
                 std::string_view title, std::string_view message);

/// 503; `message` says what the person may do.
response unavailable(ngx_http_request_t* r, server_realm& here,
                     std::string_view message);

} // namespace auth
