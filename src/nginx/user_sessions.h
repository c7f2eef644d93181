#pragma once

#include "nginx/audit.h"
#include "nginx/configuration.h"
#include "nginx/ngx.h"

#include "account/session_user.h"
#include "session/session_table.h"
#include "store/wiped_string.h"

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
};

/// Who a stored user is to a session, without roles that hold a comma or a
/// control character; false if name or roles are too long for one.
bool make_identity(const user_facts& user, session_identity& who);

/// The other way round, for operations on the store.
session_user user_of(const session_identity& who);

/// Makes a session for `who` under a new token, in place of the one that the
/// request showed, and sets `cookie` to its Set-Cookie. The log says why when
/// there is none. `epoch` is what the zone said before the user was read.
std::optional<session_digest>
start_session(ngx_http_request_t* r, server_realm& of,
              const session_identity& who, std::string_view folded_name,
              std::uint32_t epoch, wiped_string& cookie);

/// Ends the live sessions that a request shows, whoever they are of, and writes
/// each down as `what`. After that the request is nobody's.
void end_shown_sessions(ngx_http_request_t* r, const server_realm& of,
                        audit_kind what, std::string_view reason = {});

/// Ends all sessions of a user, but for the one under `keep`, and writes down
/// how many there were, if any, and why.
void end_sessions(audit_source from, const realm& of,
                  const session_identity& whose, std::string_view reason,
                  const session_digest* keep = nullptr);

} // namespace auth
