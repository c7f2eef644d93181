#pragma once

// The sessions of a request: the session that it starts, and the sessions that
// it shows.

#include "nginx/configuration.h"
#include "nginx/ngx.h"
#include "nginx/request/request_context.h"
#include "nginx/shared/user_sessions.h"

#include "base/wiped_string.h"
#include "session/session_table.h"

#include <optional>
#include <string_view>

namespace auth {

/// Makes a session for `who` under a new token, in place of the session that
/// the request showed, and sets `cookie` to its Set-Cookie. If it makes none,
/// the log says why.
std::optional<session_digest> start_session(ngx_http_request_t* r,
                                            server_realm& here,
                                            const session_identity& who,
                                            wiped_string& cookie);

/// Ends the live sessions that a request shows, of any user, and logs each as
/// `what`. After that the request is nobody's.
void end_shown_sessions(ngx_http_request_t* r, const server_realm& here,
                        audit_kind what, std::string_view reason = {});

/// The same for an operation that the store has told of a later password or
/// epoch than the request's session has: its answers are those.
template <class Operation>
void end_outdated_sessions(ngx_http_request_t* r, const server_realm& here,
                           const session_identity& seen, const Operation& work)
{
    session_identity now = seen;
    now.password = work.password_fingerprint();
    now.epoch = work.epoch();
    update_sessions(r, *here.owner, seen, now);
    forget_session(r);
}

} // namespace auth
