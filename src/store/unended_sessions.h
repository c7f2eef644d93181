#pragma once

#include <string_view>

namespace auth {

/// How a note of a store begins, or goes on, after a write that has ended a
/// user's sessions and of which not every nginx is told.
constexpr std::string_view unended_sessions =
    "the user's sessions have ended, but other nginx may go on with them until "
    "session_check is due: ";

} // namespace auth
