// $auth_user, $auth_user_id, $auth_roles, $auth_realm, $auth_session, and
// $remote_user where a login applies.

#include "nginx/request/variables.h"

#include "nginx/internals/other_variables.h"
#include "nginx/request/request_context.h"
#include "nginx/request/response_headers.h"

#include <algorithm>

namespace auth {

namespace {

using field = std::string_view (*)(const request_session&, ngx_pool_t*);

void set(ngx_http_variable_value_t* v, std::string_view value) noexcept
{
    v->len = static_cast<unsigned>(value.size());
    v->data = borrow(value).data;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
}

/// The realm of whose session the variables of a location tell: that of the
/// location, else the only realm of the server.
server_realm* known_realm(ngx_http_request_t* r) noexcept
{
    if (server_realm* own = location_conf_of(r).known_realm()) {
        return own;
    }
    const server_configuration& server = server_conf_of(r);
    return server.realms.size() == 1 ? server.realms.front() : nullptr;
}

ngx_int_t session_variable(ngx_http_request_t* r, ngx_http_variable_value_t* v,
                           uintptr_t data) noexcept
{
    return guarded<ngx_int_t>(r->connection->log, NGX_ERROR, [&] {
        server_realm* here = known_realm(r);
        const request_session* session =
            here == nullptr ? nullptr : session_of(r, *here);
        std::string_view value;
        if (session != nullptr) {
            // nginx keeps the pointer that it got.
            // NOLINTNEXTLINE(performance-no-int-to-ptr)
            value = reinterpret_cast<field>(data)(*session, r->pool);
        }
        set(v, value);
        v->not_found = value.empty(); // a log shows "-"
        return NGX_OK;
    });
}

ngx_int_t realm_variable(ngx_http_request_t* r, ngx_http_variable_value_t* v,
                         uintptr_t) noexcept
{
    if (const server_realm* here = known_realm(r)) {
        set(v, view(here->owner->name));
    } else {
        v->not_found = 1;
    }
    return NGX_OK;
}

std::string_view user(const request_session& s, ngx_pool_t*)
{
    return s.who.name();
}

std::string_view user_id(const request_session& s, ngx_pool_t*)
{
    return s.who.user_id();
}

std::string_view roles(const request_session& s, ngx_pool_t*)
{
    return s.who.roles();
}

std::string_view session_id(const request_session& s, ngx_pool_t* pool)
{
    const auto id = public_session_id(s.digest);
    return view(copy(pool, {id.data(), id.size()}));
}

/// Whether auth_basic has accepted the Authorization header. It need not have
/// looked, although it is on: under `satisfy any` another method (allow) may
/// have let the request in before.
bool has_basic_user(ngx_http_request_t* r) noexcept
{
    return has_auth_basic(r, main_conf_of(r).auth_basic_index) &&
           r->headers_in.user.data != nullptr &&
           !has_basic_challenge(r->main); // auth_basic skips subrequests
}

/// If an `auth_login` applies, the user is that of the session. Without a
/// session there is no user, unless auth_basic has checked the Authorization
/// header: otherwise anybody could write a name there.
ngx_int_t remote_user_variable(ngx_http_request_t* r,
                               ngx_http_variable_value_t* v,
                               uintptr_t data) noexcept
{
    const location_configuration& conf = location_conf_of(r);
    return guarded<ngx_int_t>(r->connection->log, NGX_ERROR, [&] {
        const bool applies = conf.login != nullptr && !conf.has_page;
        const request_session* session =
            applies ? session_of(r, *conf.login) : nullptr;
        if (session != nullptr) {
            set(v, session->who.name());
            return static_cast<ngx_int_t>(NGX_OK);
        }
        if (applies && !has_basic_user(r)) {
            v->not_found = 1;
            return static_cast<ngx_int_t>(NGX_OK);
        }
        return main_conf_of(r).core_remote_user(r, v, data);
    });
}

void take_over_remote_user(ngx_conf_t* cf)
{
    auto* core = static_cast<ngx_http_core_main_conf_t*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
    main_conf_of(cf).core_remote_user =
        replace_variable(*core, "remote_user", remote_user_variable);
}

} // namespace

ngx_int_t add_variables(ngx_conf_t* cf) noexcept
{
    struct entry {
        std::string_view name;
        ngx_http_get_variable_pt get;
        field value;
    };
    static const entry entries[] = {
        {"auth_user", session_variable, user},
        {"auth_user_id", session_variable, user_id},
        {"auth_roles", session_variable, roles},
        {"auth_session", session_variable, session_id},
        {"auth_realm", realm_variable, nullptr},
    };
    return guarded<ngx_int_t>(cf->log, NGX_ERROR, [&] {
        for (const entry& added : entries) {
            ngx_str_t name = borrow(added.name);
            ngx_http_variable_t* variable = ngx_http_add_variable(
                cf, &name, NGX_HTTP_VAR_CHANGEABLE | NGX_HTTP_VAR_NOCACHEABLE);
            if (variable == nullptr) {
                throw std::bad_alloc();
            }
            variable->get_handler = added.get;
            variable->data = reinterpret_cast<uintptr_t>(added.value);
        }
        take_over_remote_user(cf);
        return NGX_OK;
    });
}

void refresh_variables(ngx_http_request_t* r) noexcept
{
    for (const ngx_int_t index : main_conf_of(r).user_variables) {
        r->variables[index].valid = 0;
        r->variables[index].not_found = 0;
    }
}

} // namespace auth
