#pragma once

#include "nginx/audit.h"
#include "nginx/configuration.h"
#include "nginx/ngx.h"
#include "nginx/request/request_context.h"

#include "account/session_user.h"
#include "base/wiped_string.h"
#include "session/session_table.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// What a session knows of its user.
struct user_facts {
    std::string_view id;
    std::string_view name;
    const std::vector<std::string>& roles;
    std::uint64_t password; ///< its fingerprint
    std::int64_t epoch;
};

/// Who a stored user is to a session, without roles that hold a comma or a
/// control character; false if id, name or roles are too long for one.
bool make_identity(const user_facts& user, session_identity& who);

/// The other way round, for operations on the store.
session_user user_of(const session_identity& who);

/// Makes a session for `who` under a new token, in place of the one that the
/// request showed, and sets `cookie` to its Set-Cookie. The log says why when
/// there is none.
std::optional<session_digest> start_session(ngx_http_request_t* r,
                                            server_realm& of,
                                            const session_identity& who,
                                            wiped_string& cookie);

/// Ends the live sessions that a request shows, whoever they are of, and writes
/// each down as `what`. After that the request is nobody's.
void end_shown_sessions(ngx_http_request_t* r, const server_realm& of,
                        audit_kind what, std::string_view reason = {});

// What ends sessions here writes down how many there were, if any, and why.

/// Why, where the store has no such user any more.
constexpr std::string_view user_is_gone = "disabled or deleted";

/// All of a user.
void end_sessions(audit_source from, const realm& of,
                  const session_identity& whose, std::string_view reason);

/// Those of a lower epoch than the user has now.
void end_lower_epochs(audit_source from, const realm& of,
                      const session_identity& whose, std::int64_t epoch,
                      std::string_view reason);

/// Applies to a user's sessions what the store says of the user that they have
/// shown as `seen`: see session_table.
void update_sessions(audit_source from, const realm& of,
                     const session_identity& seen, const session_identity& now);

/// The same for an operation that the store has told of a later password or
/// epoch than the request's session has: its answers are those.
template <class Operation>
void end_outdated_sessions(ngx_http_request_t* r, const server_realm& of,
                           const session_identity& seen, const Operation& work)
{
    session_identity now = seen;
    now.password = work.password_fingerprint();
    now.epoch = work.epoch();
    update_sessions(r, *of.of, seen, now);
    forget_session(r);
}

} // namespace auth
