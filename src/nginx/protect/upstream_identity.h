#pragma once

// Who upstreams are told asks: what clients claim goes, and what a session
// shows comes in its place, by the location that finally runs.

#include "nginx/configuration.h"
#include "nginx/ngx.h"
#include "nginx/request/request_context.h"

namespace auth {

/// Whether a location is open to this user: it is open to everybody, or to the
/// name or a role of the user (is_named()).
bool is_named(const login_directive& rule,
              const session_identity& who) noexcept;
inline bool is_admitted(const login_directive& rule,
                        const session_identity& who) noexcept
{
    return (rule.users.empty() && rule.roles.empty()) || is_named(rule, who);
}

/// Adds the identity headers to a main request, or to a subrequest that has a
/// list of headers of its own.
void identify(ngx_http_request_t* r, const realm& owner,
              const request_session& session);

/// The handler of the server rewrite phase. It takes forged identity headers
/// and the module's cookies out of the request before anything can pass them
/// on.
ngx_int_t cleanse_request(ngx_http_request_t* r) noexcept;

/// The handler of the rewrite phase. It does the same for requests that nginx
/// has led elsewhere, which may have skipped the phase before (`error_page 400
/// @name`). A subrequest gets the identity headers of its own location here,
/// because it skips the access phase and begins with the headers of its parent.
ngx_int_t cleanse_redirected_request(ngx_http_request_t* r) noexcept;

} // namespace auth
