#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace auth {

using derived_key = std::array<std::uint8_t, 32>;

/// What a key is for. Nothing can be told of the key for one purpose from that
/// for another.
enum class key_purpose {
    // Of a realm, which its name goes into: what one realm has made means
    // nothing to another that has the same secret.
    session_tokens, ///< tags of tokens (session_token.h)
    device_cookies, ///< tags of users in them (throttle/device_token.h)

    // Of users' data, the same for all realms with that secret, since realms
    // may have the same users.

    /// Which hash is checked for a name that nobody has (account/dummy_hash.h).
    /// It stands in for a user's own hash, which is the same in every realm:
    /// if it were not, a name that takes another time in another realm would
    /// be known to be nobody's.
    dummy_hashes,
};

/// HMAC-SHA-256(secret, purpose, a zero byte, for a realm's key its name).
/// Throws std::bad_alloc when OpenSSL has no memory.
derived_key derive_key(std::string_view secret, key_purpose purpose,
                       std::string_view realm);

} // namespace auth
