#pragma once

#include "store/session_store.h"

#include <optional>
#include <string_view>

namespace auth {

// What a session of any store has to be like, when it is written and when it is
// read.

/// The name of a kind in a store.
std::string_view name_of(session_kind kind) noexcept;
std::optional<session_kind> session_kind_of(std::string_view name) noexcept;

/// Whether the session can be stored: its texts are UTF-8 without NUL and not
/// too long, it has a realm and a user, and no number is below 0.
bool can_be_stored(const stored_session& session) noexcept;

/// The answer to a session that cannot be stored.
tl::unexpected<store_failure> refuse_session();

} // namespace auth
