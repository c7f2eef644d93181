// Protection: what `auth_login` does with a request.

#include "nginx/protect/access_handler.h"

#include "nginx/internals/other_variables.h"
#include "nginx/protect/upstream_identity.h"
#include "nginx/request/login_needed.h"
#include "nginx/request/request_context.h"
#include "nginx/request/response.h"
#include "nginx/request/session_wait.h"
#include "nginx/request/variables.h"
#include "nginx/threads/client_watch.h"
#include "nginx/threads/worker_services.h"

#include <utility>

namespace auth {

namespace {

/// Answers from inside the access phase, with a status of the module's own.
ngx_int_t answer_here(ngx_http_request_t* r, const server_realm& here,
                      response what)
{
    request_context& context = context_of(r);
    context.answered_for = here.owner;
    context.refused = {};
    r->err_status = 0;
    ngx_http_finalize_request(r, send(r, std::move(what)));
    return NGX_DONE;
}

bool others_may_allow(ngx_http_request_t* r) noexcept
{
    const auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    return core->satisfy == NGX_HTTP_SATISFY_ANY;
}

/// 403 for a user for whom the location is not. There is no redirect, because a
/// login page would only lead back here.
ngx_int_t forbid(ngx_http_request_t* r, server_realm& here)
{
    if (others_may_allow(r) || !accepts_html(r) || is_error_page(r) ||
        has_error_page(r, NGX_HTTP_FORBIDDEN)) {
        return NGX_HTTP_FORBIDDEN;
    }
    return answer_here(
        r, here,
        refusal(r, here, NGX_HTTP_FORBIDDEN, "Not for this account",
                "You are logged in, but this page is open to other accounts "
                "only. To use one of them, log out first."));
}

ngx_int_t refuse(ngx_http_request_t* r, server_realm& here)
{
    request_context& context = context_of(r);
    invitation how = invitation_for(r, here);
    if (!others_may_allow(r)) {
        if (how == invitation::none && context.refused.by != nullptr) {
            // The site's page for the 401 is protected, too. Under
            // recursive_error_pages nginx would try it again and again.
            how = invitation::page;
        }
        if (how != invitation::none) {
            return answer_here(r, here, invite(r, here, how));
        }
    }
    // The header filter completes the answer, if no other method lets it in.
    context.refused = {&here, r->loc_conf, how};
    return NGX_HTTP_UNAUTHORIZED;
}

/// The store was asked whose session it is, and did not answer.
ngx_int_t answer_later(ngx_http_request_t* r, server_realm& here)
{
    if (others_may_allow(r)) {
        // The header filter completes the answer, if no other method lets it
        // in.
        context_of(r).refused = {&here, r->loc_conf, invitation::later};
        return NGX_HTTP_UNAUTHORIZED;
    }
    return has_error_page(r, NGX_HTTP_SERVICE_UNAVAILABLE)
               ? NGX_HTTP_SERVICE_UNAVAILABLE
               : answer_here(r, here, invite(r, here, invitation::later));
}

/// Goes on with the phases when the store has answered.
void go_on(ngx_http_request_t* r) noexcept
{
    if (!is_waiting(r)) {
        stop_watching_client(r);
        r->write_event_handler = ngx_http_core_run_phases;
        ngx_http_core_run_phases(r);
    }
}

/// Whether the variable of `unless=` is exactly `1` for the request as it is
/// now.
bool is_exempt(ngx_http_request_t* r, ngx_uint_t index)
{
    const ngx_http_variable_value_t* value = fresh_value(r, index);
    return value != nullptr && !value->not_found && value->len == 1 &&
           value->data[0] == '1';
}

/// Whether the location lets a client through that is not logged in or not
/// allowed.
bool is_open_to_all(ngx_http_request_t* r, const location_configuration& conf)
{
    return conf.rule == login_rule::optional ||
           (conf.login_written->unless &&
            is_exempt(r, *conf.login_written->unless));
}

} // namespace

ngx_int_t check_login(ngx_http_request_t* r) noexcept
{
    const location_configuration& conf = location_conf_of(r);
    if (conf.login == nullptr || conf.has_page) {
        return NGX_DECLINED;
    }
    refresh_variables(r);
    // auth_basic runs after this, and sets it again.
    r->headers_in.user = {};
    return guarded<ngx_int_t>(
        r->connection->log, NGX_HTTP_INTERNAL_SERVER_ERROR, [&]() -> ngx_int_t {
            if (!knows_sessions(r, *conf.login, go_on)) {
                return NGX_AGAIN;
            }
            const request_session* session = session_of(r, *conf.login);
            const bool admitted =
                session != nullptr &&
                is_admitted(*conf.login_written, session->who);
            if (!admitted && !is_open_to_all(r, conf)) {
                if (session == nullptr && is_unanswered(r, *conf.login)) {
                    return answer_later(r, *conf.login);
                }
                return session != nullptr ? forbid(r, *conf.login)
                                          : refuse(r, *conf.login);
            }
            request_context& context = context_of(r);
            context.asked = true;
            if (session == nullptr) {
                return NGX_DECLINED;
            }
            realm& owner = *conf.login->owner;
            identify(r, owner, *session);
            main_conf_of(r).services->open.add(context.open, r, owner,
                                               session->digest);
            return NGX_OK;
        });
}

ngx_int_t before_content(ngx_http_request_t* r) noexcept
{
    // Not in a subrequest: that of auth_request runs before all methods have
    // answered.
    request_context* context = r == r->main ? find_context(r) : nullptr;
    if (context != nullptr && r->err_status != NGX_HTTP_UNAUTHORIZED) {
        context->refused = {}; // another method has let the request in
    }
    // Only the module serves a page. Another handler of this phase (mirror)
    // would read the form, password included, and pass it on.
    return location_conf_of(r).has_page ? NGX_OK : NGX_DECLINED;
}

} // namespace auth
