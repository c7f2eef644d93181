#pragma once

#include <cstdint>
#include <string>

namespace auth {

/// The user of a session, as known when the session was made or last compared
/// with the store.
struct session_user {
    std::string id;
    std::string name;       ///< exactly as stored
    std::uint64_t password; ///< password_fingerprint.h
    std::int64_t epoch;     ///< store/user_store.h
};

} // namespace auth
