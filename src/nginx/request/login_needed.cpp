#include "nginx/request/login_needed.h"

#include "nginx/request/request_context.h"
#include "nginx/request/request_headers.h"
#include "nginx/request/session_cookie.h"

#include "web/navigation.h"
#include "web/request_origin.h"
#include "web/return_url.h"

namespace auth {

namespace {

std::string_view header_or_nothing(ngx_http_request_t* r, std::string_view name)
{
    return request_header(r, name).value_or(std::string_view{});
}

navigation_evidence::method method_of(const ngx_http_request_t* r) noexcept
{
    using method = navigation_evidence::method;
    return is_get(r)                    ? method::get_or_head
           : r->method == NGX_HTTP_POST ? method::post
                                        : method::other;
}

/// The page from which a request was sent, if it is a page of this site.
std::string_view own_referer(ngx_http_request_t* r, const server_realm& here)
{
    origin_evidence evidence;
    evidence.referer = request_header(r, "Referer");
    evidence.host = requested_host(r);
    evidence.tls = here.owner->secure_for(r->connection);
    return evidence.referer && is_same_origin(evidence, here.owner->origins)
               ? path_and_query(*evidence.referer)
               : std::string_view{};
}

/// Where to go on after the login. A form cannot be posted again, so after a
/// POST it is the page that the form was on.
std::string_view return_address(ngx_http_request_t* r, const server_realm& here)
{
    return is_get(r) ? view(r->unparsed_uri) : own_referer(r, here);
}

/// Whether the request is for the login page, also if all addresses are
/// rewritten.
bool is_login_page(ngx_http_request_t* r, const server_realm& here) noexcept
{
    const std::string_view login = view(here.url(page_kind::login));
    const std::string_view asked = view(r->unparsed_uri);
    return view(r->uri) == login || asked.substr(0, asked.find('?')) == login;
}

/// 401 with a page for text browsers, web views, and frameworks that navigate
/// by fetch().
response page_with_link(ngx_http_request_t* r, server_realm& here)
{
    page_model model = model_for(r, here);
    model.status = NGX_HTTP_UNAUTHORIZED;
    const std::string_view back = return_address(r, here);
    const std::string next = followable(here, back);
    const std::string login = login_address(here, back);
    model.next = next;
    if (next.empty()) {
        model.url(page_kind::login) =
            login; // it may say that the way back is lost
    }
    response needed = page_response(here, NGX_HTTP_UNAUTHORIZED,
                                    page_kind::login_needed, model);
    needed.challenge = here.challenge_for(r->connection);
    return needed;
}

/// Whether a person will see the answer; see web/navigation.h.
bool is_navigation(ngx_http_request_t* r)
{
    navigation_evidence evidence;
    evidence.asks_by = method_of(r);
    evidence.sec_fetch_mode = request_header(r, "Sec-Fetch-Mode");
    evidence.sec_fetch_dest = request_header(r, "Sec-Fetch-Dest");
    evidence.accept = header_or_nothing(r, "Accept");
    evidence.user_agent = header_or_nothing(r, "User-Agent");
    evidence.content_type = header_or_nothing(r, "Content-Type");
    evidence.x_requested_with = header_or_nothing(r, "X-Requested-With");
    return auth::is_navigation(evidence);
}

} // namespace

bool accepts_html(ngx_http_request_t* r)
{
    return accepts_html(header_or_nothing(r, "Accept"));
}

bool has_error_page(ngx_http_request_t* r, ngx_uint_t status) noexcept
{
    const auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    if (core->error_pages == nullptr) {
        return false;
    }
    const auto* pages =
        static_cast<ngx_http_err_page_t*>(core->error_pages->elts);
    for (ngx_uint_t i = 0; i < core->error_pages->nelts; ++i) {
        if (pages[i].status == static_cast<ngx_int_t>(status)) {
            return true;
        }
    }
    return false;
}

response redirect_to_login(ngx_http_request_t* r, const server_realm& here)
{
    response to =
        redirect(is_get(r) ? NGX_HTTP_MOVED_TEMPORARILY : NGX_HTTP_SEE_OTHER,
                 login_address(here, return_address(r, here)));
    if (is_contested(r, here)) {
        // The browser may not send both cookies to the login page (Path).
        to.cookies.push_back(flash_cookie(r, here, flash::two_sessions));
    }
    return to;
}

invitation invitation_for(ngx_http_request_t* r, const server_realm& here)
{
    if (is_login_page(r, here)) {
        return invitation::none;
    }
    if (is_navigation(r) && !is_error_page(r)) {
        return invitation::redirect;
    }
    const bool has_link = here.serves(page_kind::login);
    return has_link && accepts_html(r) &&
                   !has_error_page(r, NGX_HTTP_UNAUTHORIZED)
               ? invitation::page
               : invitation::none;
}

response invite(ngx_http_request_t* r, server_realm& here, invitation how)
{
    if (how == invitation::later) {
        return unavailable(
            r, here,
            "Whether you are logged in cannot be found out right "
            "now. Please try again in a moment.");
    }
    return how == invitation::redirect ? redirect_to_login(r, here)
                                       : page_with_link(r, here);
}

} // namespace auth
