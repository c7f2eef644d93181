#pragma once

// The sessions of a request: the session that it starts, and the sessions that
// it shows.

#include "nginx/configuration.h"
#include "nginx/ngx.h"
#include "nginx/request/request_context.h"
#include "nginx/shared/user_sessions.h"

#include "account/session_keeping.h"
#include "base/wiped_string.h"
#include "session/session_table.h"

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

namespace auth {

/// The token of a session that is to be.
struct new_session {
    session_digest digest;
    bool remembered;
    wiped_string cookie; ///< its Set-Cookie
    std::int64_t begun;  ///< when the token was made, in steady milliseconds
};

/// Makes a token. If it cannot, the log says why. Throws std::bad_alloc.
std::optional<new_session>
make_token(ngx_http_request_t* r, const server_realm& here, bool remembered);

/// What an operation needs to keep the session in the store, where those that
/// it replaces end; null with `session_store off`.
std::unique_ptr<session_keeping>
keeping_of(ngx_http_request_t* r, const server_realm& here,
           const new_session& session, std::vector<session_digest> replaced);

/// Starts the session for `who`, in place of those that the request shows.
/// `kept` is what keeping_of() made, after the operation. Returns false if
/// there is no session; the log says why.
bool start_session(ngx_http_request_t* r, server_realm& here,
                   const session_identity& who, const new_session& session,
                   const session_keeping* kept);

/// Ends a session that an operation has kept, or may have kept, and that nobody
/// gets.
void drop_session(ngx_http_request_t* r, const server_realm& here,
                  const session_keeping* kept);

/// Ends the live sessions that a request shows, of any user, in the zone, and
/// logs each as `what`. After that the request is nobody's.
void end_shown_sessions(ngx_http_request_t* r, const server_realm& here,
                        audit_kind what, std::string_view reason = {});

/// The digests of the genuine tokens that a request shows.
std::vector<session_digest> shown_digests(ngx_http_request_t* r,
                                          const server_realm& here);

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
