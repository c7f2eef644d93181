// Response headers that must not depend on who made the answer: pages of
// ours have them also when nginx refuses a request in our place, answers of
// protected locations stay out of shared caches, and a browser that has sent
// one of our forms is not stopped by their own policy later on.

#include "nginx/handlers.h"
#include "nginx/headers.h"
#include "nginx/login_needed.h"
#include "nginx/request_context.h"
#include "nginx/response.h"
#include "nginx/session_cookie.h"

#include "web/form_redirect.h"
#include "web/request_origin.h"

#include <algorithm>

namespace auth {

namespace {

// As every filter of nginx keeps its successor.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
ngx_http_output_header_filter_pt next_header_filter;

/// Security headers of every page (OWASP ASVS 5.0, V3.4). They replace those
/// that `add_header` and `expires` of a whole server, or an answer that led
/// here internally, have put there: a second policy would forbid the page its
/// own style, and a second Cross-Origin-Opener-Policy make both void.
void add_page_headers(ngx_http_request_t* r, const realm& of)
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
                        borrow(of.pages->content_security_policy()));
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

/// Sends an answer of ours in place of nginx's page for the 401.
ngx_int_t send_instead(ngx_http_request_t* r, const server_realm& of,
                       const answer& what)
{
    if (!what.location.empty()) {
        drop_response_headers(r, "www-authenticate");
    }
    set_head(r, what);
    put_basic_first(r);
    add_page_headers(r, *of.of);
    r->header_only = what.body.empty() ? 1 : 0;
    ngx_int_t rc = next_header_filter(r);
    if (rc != NGX_ERROR && rc <= NGX_OK && !r->header_only) {
        rc = send_body(r, what.body);
    }
    r->header_only = 1; // or nginx would send its own page as well
    return rc;
}

bool is_redirect(ngx_uint_t status) noexcept
{
    return (status >= NGX_HTTP_MOVED_PERMANENTLY &&
            status <= NGX_HTTP_SEE_OTHER) ||
           status == NGX_HTTP_TEMPORARY_REDIRECT ||
           status == NGX_HTTP_PERMANENT_REDIRECT;
}

/// Whether a browser asks that a page of ours has led here, by a form. The
/// Referer stays that page over all redirects. A link on the page looks the
/// same, which is harmless: the browser arrives either way.
bool comes_from_own_page(ngx_http_request_t* r,
                         const server_configuration& server,
                         std::string_view referer)
{
    // A browser that sends no Sec-Fetch headers, as over plain HTTP, is known
    // by what it accepts.
    const auto destination = request_header(r, "Sec-Fetch-Dest");
    if (!is_navigation(r) || (destination && *destination != "document")) {
        return false;
    }
    origin_evidence evidence;
    evidence.referer = referer;
    evidence.host = requested_host(r);
    return std::any_of(server.realms.begin(), server.realms.end(),
                       [&](const server_realm* one) {
                           evidence.tls = one->of->secure_for(r->connection);
                           return has_path_of(referer, one->own_pages) &&
                                  is_same_origin(evidence, one->of->origins);
                       });
}

/// An empty page in place of a redirect, that sends the browser on by itself.
void turn_into_refresh(ngx_http_request_t* r, std::string_view location)
{
    const ngx_str_t target = copy(r->pool, refresh_to(location));
    // The redirect's body was never meant to be seen as a page of this site.
    // What describes it goes with it, and what could keep the page from being
    // shown or left (a download, a sandbox).
    for (const std::string_view name :
         {"location", "refresh", "cache-control", "expires", "referrer-policy",
          "content-security-policy", "content-disposition",
          "content-encoding"}) {
        drop_response_headers(r, name);
    }
    ngx_http_clear_location(r);
    ngx_http_clear_content_length(r);
    ngx_http_clear_last_modified(r);
    ngx_http_clear_etag(r);
    ngx_http_clear_accept_ranges(r);
    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.status_line.len = 0;
    ngx_str_set(&r->headers_out.content_type, "text/html");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = nullptr;
    r->headers_out.charset.len = 0;
    r->headers_out.content_length_n = 0;
    r->header_only = 1;
    add_response_header(r, "Refresh", target);
    // As if this page had never been: the other origin is told no Referer.
    add_response_header(r, "Referrer-Policy", borrow("same-origin"));
    add_cache_control(r, "no-store");
}

/// Whether nginx is going to put scheme, host and port before a Location: what
/// begins with `//` stays on this site then.
bool nginx_completes(ngx_http_request_t* r, std::string_view location) noexcept
{
    const auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    return r->headers_out.location != nullptr && core->absolute_redirect != 0 &&
           location.substr(0, 1) == "/";
}

/// Lets a browser that has sent one of our forms follow a redirect which that
/// form's page forbids: see web/form_redirect.h.
void let_leave(ngx_http_request_t* r, const server_configuration& server)
{
    const auto referer = request_header(r, "Referer");
    const ngx_table_elt_t* location = find_response_header(r, "location");
    if (!referer || location == nullptr || r->method != NGX_HTTP_GET ||
        !comes_from_own_page(r, server, *referer)) {
        return;
    }
    const std::string_view target = view(location->value);
    const bool leaves = leaves_form_origin(target, *referer);
    if (!nginx_completes(r, target)) {
        if (leaves) {
            turn_into_refresh(r, target);
        }
    } else if (!leaves) {
        // Behind a TLS terminator nginx's scheme and port are not the page's.
        r->headers_out.location = nullptr;
    }
}

/// Sessions of two users make nobody of a person, at the next login as well:
/// answers of ours make the browser forget both.
void expire_contested(ngx_http_request_t* r, const server_realm& of)
{
    if (r->method == NGX_HTTP_HEAD || !is_contested(r, of)) {
        return;
    }
    std::vector<wiped_string> cookies;
    expire_cookie(r, of, own_cookie::session, cookies);
    for (const wiped_string& cookie : cookies) {
        add_response_header(r, "Set-Cookie", copy(r->pool, cookie));
    }
}

/// Whether the answer may differ from what another visitor would get: the
/// location asks who it is, or one did that has led here (X-Accel-Redirect,
/// try_files).
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
        if (is_redirect(r->headers_out.status)) {
            let_leave(r, server);
        }
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
