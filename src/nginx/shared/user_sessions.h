#pragma once

// The sessions of a user in the zone of a realm.

#include "nginx/audit.h"
#include "nginx/realm.h"

#include "account/session_user.h"
#include "base/wiped_string.h"
#include "session/session_table.h"

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

/// The identity of a stored user for a session, without roles that contain a
/// comma or a control character. Returns false if id, name or roles are too
/// long for a session.
bool make_identity(const user_facts& user, session_identity& who);

/// The user of a session, for operations on the store.
session_user user_of(const session_identity& who);

// Functions that end sessions log how many there were, if any, and why.

/// Why, if the store does not have the user any more.
constexpr std::string_view user_is_gone = "disabled or deleted";

/// Ends one session.
void end_session(audit_source from, const realm& owner,
                 const session_digest& session, std::string_view reason);

/// Ends all sessions of a user.
void end_sessions(audit_source from, const realm& owner,
                  const session_identity& whose, std::string_view reason);

/// Ends the sessions of a lower epoch than the user has now.
void end_lower_epochs(audit_source from, const realm& owner,
                      const session_identity& whose, std::int64_t epoch,
                      std::string_view reason);

/// Applies to a user's sessions what the store says of the user that they have
/// shown as `seen`: see session_table.
void update_sessions(audit_source from, const realm& owner,
                     const session_identity& seen, const session_identity& now);

} // namespace auth
