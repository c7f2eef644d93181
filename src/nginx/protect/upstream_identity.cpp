#include "nginx/protect/upstream_identity.h"

#include "nginx/internals/header_lists.h"
#include "nginx/request/request_headers.h"
#include "nginx/request/variables.h"

#include "base/text.h"
#include "web/cookies.h"

#include <algorithm>

namespace auth {

namespace {

/// Adds cookies to the kept ones, so that all their bytes are in one place.
void keep_cookies(ngx_http_request_t* r, std::string_view cookies)
{
    request_context& context = context_of(r);
    const std::string_view before = context.cookies;
    if (before.empty()) {
        context.cookies = cookies;
        return;
    }
    const std::size_t size = before.size() + 2 + cookies.size();
    auto* joined = static_cast<u_char*>(ngx_pnalloc(r->pool, size));
    if (joined == nullptr) {
        throw std::bad_alloc();
    }
    u_char* end = ngx_cpymem(joined, before.data(), before.size());
    end = ngx_cpymem(end, "; ", 2);
    ngx_memcpy(end, cookies.data(), cookies.size());
    context.cookies = view(ngx_str_t{size, joined});
}

/// Keeps the module's cookies as they came, and cuts them out of the headers.
void cut_own_cookies(ngx_http_request_t* r, const server_configuration& server)
{
    const cookie_names& ours = server.own_cookies;
    for_each_cookie_header(r, [&](ngx_table_elt_t& header) {
        const std::string_view before = view(header.value);
        const cookie_range found = find_cookies(before, ours);
        if (found.empty()) {
            return;
        }
        // First: if there is no memory, they must not be lost to the page of
        // the error.
        keep_cookies(r, before.substr(found.begin));
        if (found.begin == 0 && found.end == before.size()) {
            ngx_str_set(&header.value, "");
        } else {
            ngx_str_t left = copy(r->pool, before);
            left.len = cut_cookies(reinterpret_cast<char*>(left.data), left.len,
                                   found, ours);
            left.data[left.len] = '\0';
            header.value = left;
        }
    });
}

/// Whether two requests are the same for `auth_login`: one directive holds for
/// both locations.
bool have_one_login(const location_configuration& outer,
                    const location_configuration& inner) noexcept
{
    return outer.has_page == inner.has_page && outer.login == inner.login &&
           (outer.login == nullptr ||
            outer.login_written == inner.login_written);
}

/// Gives a subrequest the identity headers of its own location.
void identify_subrequest(ngx_http_request_t* r)
{
    const location_configuration& conf = location_conf_of(r);
    if (shares_request_headers(r, r->parent) &&
        have_one_login(conf, location_conf_of(r->parent))) {
        return;
    }
    remove_request_headers(r, server_conf_of(r).identity_headers,
                           header_list::own);
    const request_session* session = conf.login != nullptr && !conf.has_page
                                         ? session_of(r, *conf.login)
                                         : nullptr;
    if (session != nullptr && is_admitted(*conf.login_written, session->who)) {
        identify(r, *conf.login->owner, *session);
    }
}

} // namespace

bool is_named(const login_directive& rule, const session_identity& who) noexcept
{
    const auto has = [](const std::vector<std::string_view>& list,
                        std::string_view wanted) {
        return std::find(list.begin(), list.end(), wanted) != list.end();
    };
    if (has(rule.users, who.name())) {
        return true;
    }
    for (std::string_view roles = who.roles(); !roles.empty();) {
        if (has(rule.roles, take_part(roles, ","))) {
            return true;
        }
    }
    return false;
}

/// Tells upstreams who the user is.
void identify(ngx_http_request_t* r, const realm& owner,
              const request_session& session)
{
    for_each_identity_header(
        owner, session.who,
        [&](const identity_header& header, std::string_view value) {
            // The session is in the request's pool, and outlives the phases.
            add_request_header(r, header, borrow(value));
        });
}

ngx_int_t cleanse_request(ngx_http_request_t* r) noexcept
{
    const server_configuration& server = server_conf_of(r);
    if (server.realms.empty()) {
        return NGX_DECLINED;
    }
    if (r->internal) {
        // Values that an earlier location has seen may be wrong in this
        // location. Subrequests share the values with their main request.
        refresh_variables(r);
    }
    if (r != r->main) {
        return NGX_DECLINED; // it has the cookies of the main request
    }
    return guarded<ngx_int_t>(
        r->connection->log, NGX_HTTP_INTERNAL_SERVER_ERROR, [&] {
            cut_own_cookies(r, server);
            // The identity header of an earlier pass goes, too: that of the
            // location counts which finally runs.
            remove_request_headers(r, server.identity_headers);
            return NGX_DECLINED;
        });
}

ngx_int_t cleanse_redirected_request(ngx_http_request_t* r) noexcept
{
    if (!r->internal) {
        return NGX_DECLINED;
    }
    if (r != r->main && !server_conf_of(r).realms.empty()) {
        const bool done = guarded(r->connection->log, false, [&] {
            identify_subrequest(r);
            return true;
        });
        if (!done) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }
    }
    return cleanse_request(r);
}

} // namespace auth
