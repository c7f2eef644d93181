// Response headers that must not depend on what made the answer. The module's
// pages have them also if nginx refuses the request itself. Answers of
// protected locations stay out of shared caches.

#include "nginx/request/header_filter.h"

#include "nginx/request/login_needed.h"
#include "nginx/request/request_context.h"
#include "nginx/request/response.h"
#include "nginx/request/response_headers.h"
#include "nginx/request/session_cookie.h"

#include <utility>

namespace auth {

namespace {

// As every filter of nginx keeps its successor.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
ngx_http_output_header_filter_pt next_header_filter;

/// Security headers of every page (OWASP ASVS 5.0, V3.4). They replace the
/// headers of `add_header` and `expires` of a whole server, and those of an
/// answer that led here internally: a second policy would forbid the page its
/// own style, and two Cross-Origin-Opener-Policy headers are both void.
void add_page_headers(ngx_http_request_t* r, const realm& owner)
{
    for (const std::string_view name :
         {"content-security-policy", "x-content-type-options",
          "referrer-policy", "cross-origin-opener-policy", "cache-control",
          "expires"}) {
        drop_response_headers(r, name);
    }
    static constexpr std::pair<std::string_view, std::string_view> fixed[] = {
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "same-origin"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
    };
    add_response_header(r, "Content-Security-Policy",
                        borrow(owner.pages->content_security_policy()));
    for (const auto& [name, value] : fixed) {
        add_response_header(r, name, borrow(value));
    }
    add_cache_control(r, "no-store");
}

/// What there was no session for, where nobody has let the request in.
refused_login* final_refusal(ngx_http_request_t* r, request_context* context)
{
    return context != nullptr && context->refused.by != nullptr &&
                   r->headers_out.status == NGX_HTTP_UNAUTHORIZED
               ? &context->refused
               : nullptr;
}

/// Sends an answer of the module in place of nginx's page for the 401.
ngx_int_t send_instead(ngx_http_request_t* r, const server_realm& here,
                       response what)
{
    if (!what.location.empty() || what.status == NGX_HTTP_SERVICE_UNAVAILABLE) {
        drop_response_headers(r, "www-authenticate");
    }
    set_head(r, what);
    put_basic_first(r);
    add_page_headers(r, *here.owner);
    r->header_only = what.content().empty() ? 1 : 0;
    ngx_chain_t out{make_body(r, std::move(what)), nullptr};
    ngx_int_t rc = next_header_filter(r);
    if (rc != NGX_ERROR && rc <= NGX_OK && !r->header_only) {
        rc = ngx_http_output_filter(r, &out);
    }
    r->header_only = 1; // or nginx would send its own page as well
    return rc;
}

/// Sessions of two users make the request nobody's, also after the next login.
/// So answers of the module make the browser forget both.
void expire_contested(ngx_http_request_t* r, const server_realm& here)
{
    if (r->method == NGX_HTTP_HEAD || !is_contested(r, here)) {
        return;
    }
    std::vector<wiped_string> cookies;
    expire_cookie(r, here, own_cookie::session, cookies);
    for (const wiped_string& cookie : cookies) {
        add_response_header(r, "Set-Cookie", copy(r->pool, cookie));
    }
}

/// Whether another user may get another answer: the location has an
/// `auth_login`, or led here from one that has (X-Accel-Redirect, try_files).
bool is_private(const location_configuration& conf,
                const request_context* context) noexcept
{
    return conf.login != nullptr || (context != nullptr && context->asked);
}

ngx_int_t filter_headers(ngx_http_request_t* r) noexcept
{
    const server_configuration& server = server_conf_of(r);
    if (r != r->main || server.realms.empty()) {
        return next_header_filter(r);
    }
    return guarded<ngx_int_t>(r->connection->log, NGX_ERROR, [&] {
        const location_configuration& conf = location_conf_of(r);
        request_context* context = find_context(r);
        const bool is_ours =
            conf.has_page || r->headers_out.status == NGX_HTTP_UNAUTHORIZED ||
            (context != nullptr && context->answered_for != nullptr);
        if (is_ours && conf.known_realm() != nullptr) {
            expire_contested(r, *conf.known_realm());
        }
        if (const refused_login* refused = final_refusal(r, context)) {
            server_realm& by = *refused->by;
            if (refused->how != invitation::none &&
                refused->location == r->loc_conf) {
                return send_instead(r, by, invite(r, by, refused->how));
            }
            add_response_header(r, "WWW-Authenticate",
                                by.challenge_for(r->connection));
            put_basic_first(r);
        }
        if (conf.has_page) {
            add_page_headers(r, *conf.page_realm->owner);
        } else if (context != nullptr && context->answered_for != nullptr) {
            add_page_headers(r, *context->answered_for);
        } else if (is_private(conf, context) && !has_cache_control(r)) {
            add_cache_control(r, "private, no-cache");
        }
        return next_header_filter(r);
    });
}

} // namespace

ngx_int_t install_header_filter(ngx_conf_t*) noexcept
{
    next_header_filter = ngx_http_top_header_filter;
    ngx_http_top_header_filter = filter_headers;
    return NGX_OK;
}

} // namespace auth
