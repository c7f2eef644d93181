// Response headers that must not depend on who made the answer: pages of
// ours have them also when nginx refuses a request in our place, and answers
// of protected locations stay out of shared caches.

#include "nginx/handlers.h"
#include "nginx/headers.h"
#include "nginx/request_context.h"
#include "nginx/response.h"

namespace auth {

namespace {

// As every filter of nginx keeps its successor.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
ngx_http_output_header_filter_pt next_header_filter;

/// Security headers of every page (OWASP ASVS 5.0, V3.4).
void add_page_headers(ngx_http_request_t* r, const realm& of)
{
    static constexpr std::pair<std::string_view, std::string_view> fixed[] = {
        {"X-Content-Type-Options", "nosniff"},
        {"Referrer-Policy", "same-origin"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
    };
    add_response_header(r, "Content-Security-Policy",
                        borrow(of.pages->content_security_policy()));
    for (const auto& [name, value] : fixed) {
        add_response_header(r, name, borrow(value));
    }
    drop_response_headers(
        r, "cache-control"); // of an answer that led here internally
    add_cache_control(r, "no-store");
}

/// Whether every method of `satisfy any` has refused, and the person should
/// see the login page rather than nginx's 401.
bool is_refused_navigation(ngx_http_request_t* r,
                           const request_context* context)
{
    return context != nullptr && context->challenge != nullptr &&
           context->challenger != nullptr &&
           r->headers_out.status == NGX_HTTP_UNAUTHORIZED && !r->error_page &&
           is_navigation(r);
}

void turn_into_redirect(ngx_http_request_t* r, const server_realm& to)
{
    const answer login = redirect_to_login(r, to);
    drop_response_headers(r, "www-authenticate");
    r->headers_out.status = login.status;
    r->headers_out.status_line.len = 0;
    add_response_header(r, "Location", copy(r->pool, login.location));
    r->headers_out.content_type.len = 0;
    r->headers_out.content_length_n = 0;
    r->header_only = 1; // nginx's page for the 401 is not sent
}

/// Whether the answer may differ from what another visitor would get: the
/// location asks who it is, or one did that has led here (X-Accel-Redirect,
/// try_files).
bool is_private(const location_configuration& conf,
                const request_context* context) noexcept
{
    return conf.login != nullptr || (context != nullptr && context->identified);
}

ngx_int_t filter_headers(ngx_http_request_t* r) noexcept
{
    if (r != r->main || server_conf_of(r).realms.empty()) {
        return next_header_filter(r);
    }
    return guarded<ngx_int_t>(r->connection->log, NGX_ERROR, [&] {
        const location_configuration& conf = location_conf_of(r);
        request_context* context = find_context(r);
        if (is_refused_navigation(r, context)) {
            turn_into_redirect(r, *context->challenger);
            context->answered_for = context->challenger->of;
        }
        if (conf.has_page) {
            add_page_headers(r, *conf.page_realm->of);
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
