#pragma once

#include "store/admin_store.h"
#include "store/session_store.h"

#include <iosfwd>
#include <string>
#include <vector>

namespace auth {

/// The name by which people and logs know a session: public_session_id() as
/// text.
std::string id_of(const stored_session& session);

/// Prints sessions as a table or as a JSON array. Browsers send what they like,
/// so a text that a terminal could obey is escaped.
void report_sessions(std::ostream& out, bool json,
                     const std::vector<stored_session>& sessions);

/// Prints that sessions of a user have ended: those with the id, or all if
/// there is no id.
void report_ended(std::ostream& out, bool json, const listed_user& user,
                  const std::string& id);

} // namespace auth
