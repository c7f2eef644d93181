// Pages: which methods they have, what a GET shows, and which forms are let
// in (in the order of refusals: method, origin, type, size).

#include "nginx/pages/page_handler.h"

#include "nginx/audit.h"
#include "nginx/log.h"
#include "nginx/pages/form_body.h"
#include "nginx/pages/posted_form.h"
#include "nginx/pages/status_page.h"
#include "nginx/request/login_needed.h"
#include "nginx/request/request_context.h"
#include "nginx/request/request_headers.h"
#include "nginx/request/request_sessions.h"
#include "nginx/request/response.h"
#include "nginx/request/response_headers.h"
#include "nginx/request/session_cookie.h"
#include "nginx/request/session_wait.h"
#include "nginx/threads/client_watch.h"

#include "web/followed_link.h"
#include "web/form.h"
#include "web/request_origin.h"
#include "web/return_url.h"

#include <optional>
#include <string>
#include <utility>

namespace auth {

namespace {

/// A stranger who has recorded early data can send it again any number of times
/// (RFC 8470). After this refusal browsers send the request once more by
/// themselves.
ngx_int_t refuse_early_data(ngx_http_request_t* r, server_realm& here)
{
    return send(r, refusal(r, here, too_early, "Too early",
                           "This was sent before the connection was secured. "
                           "Please send it again."));
}

ngx_int_t refuse_method(ngx_http_request_t* r, server_realm& here, bool forms)
{
    response refused =
        refusal(r, here, NGX_HTTP_NOT_ALLOWED, "Method not allowed",
                "This page cannot be used in that way.");
    refused.allow = forms ? "GET, HEAD, POST" : "GET, HEAD";
    return send(r, refused);
}

ngx_int_t send_page(ngx_http_request_t* r, server_realm& here, page_kind which,
                    page_model& model)
{
    return send(r, page_with_flash(r, here, which, model));
}

/// Where the login leads, as the address of the form says.
struct way_back {
    std::string next;  ///< empty: to no special place
    bool lost = false; ///< the address was too long to be kept
};

way_back read_way_back(ngx_http_request_t* r, const server_realm& here)
{
    way_back back;
    std::string value;
    if (query_argument(view(r->args), "next", value)) {
        back.next = followable(here, value);
        back.lost = is_too_long_return_url(value);
    }
    back.lost = back.lost ||
                (query_argument(view(r->args), "lost", value) && value == "1");
    return back;
}

constexpr std::string_view lost_text =
    "The address that you have come from is too long to be kept: after the "
    "login you will have to go there again.";

/// A page that leads to a login.
ngx_int_t show_to_guest(ngx_http_request_t* r, server_realm& here,
                        page_kind which)
{
    const way_back back = read_way_back(r, here);
    // An error page leads nowhere. With `error_page 403 /login` a user who is
    // logged in, and may not go on, would be redirected for ever.
    if (session_of(r, here) != nullptr && !is_error_page(r)) {
        return send(r, redirect(NGX_HTTP_SEE_OTHER,
                                back.next.empty()
                                    ? view(here.url(page_kind::dashboard))
                                    : std::string_view(back.next)));
    }
    page_model model = model_for(r, here);
    model.next = back.next;
    if (back.lost) {
        model.alert = lost_text;
    }
    return send_page(r, here, which, model);
}

/// Answers the forward authentication of other proxies and nginx's
/// auth_request: whether there is a session, and whose it is. This is the only
/// page that is right in subrequests, too.
ngx_int_t answer_check(ngx_http_request_t* r, server_realm& here)
{
    response checked;
    const request_session* session = session_of(r, here);
    if (session == nullptr && is_unanswered(r, here)) {
        return send(r, invite(r, here, invitation::later));
    }
    if (session == nullptr) {
        checked.status = NGX_HTTP_UNAUTHORIZED;
        checked.challenge = here.challenge_for(r->connection);
        return send(r, checked);
    }
    checked.status = NGX_HTTP_NO_CONTENT;
    for_each_identity_header(
        *here.owner, session->who,
        [&](const identity_header& header, std::string_view value) {
            add_response_header(r, view(header.name), borrow(value));
        });
    return send(r, checked);
}

origin_evidence evidence_of(ngx_http_request_t* r, const server_realm& here)
{
    origin_evidence evidence;
    evidence.sec_fetch_site = request_header(r, "Sec-Fetch-Site");
    evidence.origin = request_header(r, "Origin");
    evidence.referer = request_header(r, "Referer");
    evidence.host = requested_host(r);
    evidence.tls = here.owner->secure_for(r->connection);
    return evidence;
}

/// Whether a person wants to log out by this GET. A browser may only have
/// guessed it.
bool is_decided(ngx_http_request_t* r, const server_realm& here)
{
    const origin_evidence origin = evidence_of(r, here);
    std::string purpose;
    for (const std::string_view name :
         {"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz", "X-Sec-Purpose"}) {
        purpose.append(request_header(r, name).value_or("")).append(" ");
    }
    link_evidence link;
    link.sec_fetch_site = origin.sec_fetch_site;
    link.sec_fetch_mode = request_header(r, "Sec-Fetch-Mode");
    link.sec_fetch_dest = request_header(r, "Sec-Fetch-Dest");
    link.from_elsewhere = !is_same_origin(origin, here.owner->origins);
    link.purpose = purpose;
    link.accept = request_header(r, "Accept");
    link.user_agent = request_header(r, "User-Agent").value_or("");
    link.x_requested_with = request_header(r, "X-Requested-With").value_or("");
    return is_followed_link(link);
}

ngx_int_t log_out(ngx_http_request_t* r, server_realm& here)
{
    if (is_get(r) && !is_decided(r, here)) {
        page_model model = model_for(r, here);
        return send_page(r, here, page_kind::logout, model);
    }
    if (is_early_data(r)) {
        return refuse_early_data(r, here);
    }
    if (r->method == NGX_HTTP_HEAD) {
        return send(
            r, redirect(NGX_HTTP_SEE_OTHER, view(here.url(page_kind::home))));
    }
    return run_form(r, make_logout_form(r));
}

ngx_int_t show(ngx_http_request_t* r, server_realm& here, page_kind which)
{
    if (which == page_kind::logout) {
        return log_out(r, here);
    }
    const page_audience audience = row_of(which).audience;
    if (audience == page_audience::guests) {
        return show_to_guest(r, here, which);
    }
    if (audience == page_audience::members && session_of(r, here) == nullptr) {
        return send(r, is_unanswered(r, here)
                           ? invite(r, here, invitation::later)
                           : redirect_to_login(r, here));
    }
    if (which == page_kind::account && here.owner->limits.is_cache) {
        return run_form(r, make_sessions_form(r)); // the store has the list
    }
    page_model model = model_for(r, here);
    return send_page(r, here, which, model);
}

/// The refusal of a form that comes from another site, or nothing.
std::optional<response> check_origin(ngx_http_request_t* r, server_realm& here)
{
    const origin_evidence evidence = evidence_of(r, here);
    const origin_verdict verdict = judge_origin(evidence, here.owner->origins);
    if (verdict == origin_verdict::accepted) {
        return std::nullopt;
    }
    log_refused_origin(r, *here.owner, evidence, verdict);
    if (verdict == origin_verdict::needs_https) {
        return refusal(r, here, NGX_HTTP_FORBIDDEN, "This site needs https",
                       "This page was opened by http, where a browser does "
                       "not keep this site's cookies. Please open it by "
                       "https.");
    }
    return refusal(r, here, NGX_HTTP_FORBIDDEN, "Form refused",
                   "This form was sent from another site. If that site is "
                   "yours, add its address to the \"origin\" directive of "
                   "this site's auth_realm.");
}

bool has_body(const ngx_http_request_t* r) noexcept
{
    return r->headers_in.content_length_n > 0 || r->headers_in.chunked != 0;
}

bool is_form(const ngx_http_request_t* r)
{
    const ngx_table_elt_t* type = r->headers_in.content_type;
    return type == nullptr ? !has_body(r)
                           : is_form_content_type(view(type->value));
}

ngx_int_t take_form(ngx_http_request_t* r, server_realm& here, page_kind which)
{
    if (is_early_data(r)) {
        return refuse_early_data(r, here);
    }
    if (auto refused = check_origin(r, here)) {
        return send(r, std::move(*refused));
    }
    if (!is_form(r)) {
        return send(r, refusal(r, here, NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
                               "Unsupported content type",
                               "Forms are accepted as "
                               "application/x-www-form-urlencoded only."));
    }
    if (r->headers_in.content_length_n > max_form_size) {
        return send(r, form_too_large(r, here));
    }
    // Logging out reads no field, so it needs no body.
    return which == page_kind::logout ? log_out(r, here) : receive_form(r);
}

/// Goes on with the page when the store has answered.
void go_on(ngx_http_request_t* r) noexcept
{
    if (is_waiting(r)) {
        return;
    }
    if (r == r->main) {
        stop_watching_client(r);
    }
    r->write_event_handler = ngx_http_request_empty_handler;
    ngx_http_finalize_request(r, handle_page(r));
}

} // namespace

ngx_int_t handle_page(ngx_http_request_t* r) noexcept
{
    return guarded<ngx_int_t>(
        r->connection->log, NGX_HTTP_INTERNAL_SERVER_ERROR, [&]() -> ngx_int_t {
            const location_configuration& conf = location_conf_of(r);
            server_realm& here = *conf.page_realm;
            if (conf.page == page_kind::status) {
                return send(r, status_page(r, *here.owner));
            }
            if (!knows_sessions(r, here, go_on)) {
                r->main->count++;
                return NGX_DONE;
            }
            if (conf.page == page_kind::check) {
                return answer_check(r, here);
            }
            if (is_get(r)) {
                return show(r, here, conf.page);
            }
            const bool forms = row_of(conf.page).takes_forms;
            return forms && r->method == NGX_HTTP_POST
                       ? take_form(r, here, conf.page)
                       : refuse_method(r, here, forms);
        });
}

} // namespace auth
