// Protection: what `auth_login` does with a request.

#include "nginx/handlers.h"
#include "nginx/headers.h"
#include "nginx/request_context.h"
#include "nginx/response.h"

#include <algorithm>

namespace auth {

namespace {

/// Tells upstreams who asks.
void identify(ngx_http_request_t* r, const realm& of,
              const request_session& session)
{
    for_each_identity_header(
        of, session.who,
        [&](const identity_header& header, std::string_view value) {
            // The session outlives the request's phases, in its pool.
            add_request_header(r, header, borrow(value));
        });
}

/// Answers from inside the access phase.
ngx_int_t answer_here(ngx_http_request_t* r, const server_realm& of,
                      const answer& what)
{
    context_of(r).answered_for = of.of;
    ngx_http_finalize_request(r, send(r, what));
    return NGX_DONE;
}

bool others_may_allow(ngx_http_request_t* r) noexcept
{
    const auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r, ngx_http_core_module));
    return core->satisfy == NGX_HTTP_SATISFY_ANY;
}

/// Whether the location is open to this user: to everybody, or by name, or by
/// one of the roles.
bool is_admitted(const login_directive& rule,
                 const session_identity& who) noexcept
{
    if (rule.users.empty() && rule.roles.empty()) {
        return true;
    }
    const auto has = [](const std::vector<std::string_view>& list,
                        std::string_view one) {
        return std::find(list.begin(), list.end(), one) != list.end();
    };
    if (has(rule.users, who.name())) {
        return true;
    }
    const std::string_view roles = who.roles();
    for (std::size_t at = 0; at < roles.size();) {
        const std::size_t end = std::min(roles.find(',', at), roles.size());
        if (has(rule.roles, roles.substr(at, end - at))) {
            return true;
        }
        at = end + 1;
    }
    return false;
}

/// 403 for who is logged in as somebody else than the location is for. No
/// redirect: another login page would only lead back here.
ngx_int_t forbid(ngx_http_request_t* r, server_realm& of)
{
    if (others_may_allow(r) || !is_navigation(r) || r->err_status != 0) {
        return NGX_HTTP_FORBIDDEN;
    }
    return answer_here(
        r, of,
        refusal(r, of, NGX_HTTP_FORBIDDEN, "Not for this account",
                "You are logged in, but this page is open to other accounts "
                "only. To use one of them, log out first."));
}

ngx_int_t refuse(ngx_http_request_t* r, const server_realm& of)
{
    // A login page that is itself protected must not lead to itself, also
    // where everything is rewritten; and an error page must not redirect.
    const std::string_view login = view(of.url(page_kind::login));
    const std::string_view asked = view(r->unparsed_uri);
    const bool loop = view(r->uri) == login ||
                      asked.substr(0, asked.find('?')) == login ||
                      r->err_status != 0;
    if (!others_may_allow(r) && !loop && is_navigation(r)) {
        return answer_here(r, of, redirect_to_login(r, of));
    }
    ngx_table_elt_t* challenge =
        add_challenge(r, of.challenge_for(r->connection));
    if (others_may_allow(r)) {
        request_context& context = context_of(r);
        context.challenge = challenge;
        context.challenger = loop ? nullptr : &of;
    }
    return NGX_HTTP_UNAUTHORIZED;
}

} // namespace

ngx_int_t check_login(ngx_http_request_t* r) noexcept
{
    const location_configuration& conf = location_conf_of(r);
    if (conf.login == nullptr || conf.has_page) {
        return NGX_DECLINED;
    }
    refresh_variables(r);
    // What it says from now on is auth_basic's, which runs after this.
    r->headers_in.user = {};
    return guarded<ngx_int_t>(
        r->connection->log, NGX_HTTP_INTERNAL_SERVER_ERROR, [&]() -> ngx_int_t {
            const request_session* session = session_of(r, *conf.login);
            if (session != nullptr &&
                !is_admitted(*conf.login_written, session->who)) {
                return forbid(r, *conf.login);
            }
            if (session != nullptr) {
                context_of(r).identified = true;
                identify(r, *conf.login->of, *session);
                return NGX_OK;
            }
            return conf.rule == login_rule::optional ? NGX_DECLINED
                                                     : refuse(r, *conf.login);
        });
}

ngx_int_t before_content(ngx_http_request_t* r) noexcept
{
    // Not in a subrequest: auth_request's runs before all have answered.
    request_context* context = r == r->main ? find_context(r) : nullptr;
    if (context != nullptr && context->challenge != nullptr &&
        r->err_status != NGX_HTTP_UNAUTHORIZED) {
        // nginx withdraws only the last one of several.
        context->challenge->hash = 0;
        context->challenge = nullptr;
    }
    // A page is served by nobody else: what comes in between in this phase
    // (mirror) would read the form, password included, and pass it on.
    return location_conf_of(r).has_page ? NGX_OK : NGX_DECLINED;
}

} // namespace auth
