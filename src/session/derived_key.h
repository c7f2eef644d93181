#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace auth {

using derived_key = std::array<std::uint8_t, 32>;

/// What a key is for. The key for one purpose tells nothing about the key for
/// another purpose.
enum class key_purpose {
    // Keys of a realm. The realm's name goes into them, so that what one realm
    // has made means nothing to another realm with the same secret.
    session_tokens, ///< tags of tokens (session_token.h)
    device_cookies, ///< tags in device cookies (throttle/device_token.h)

    // Keys for users' data. They are the same for all realms with the same
    // secret, because realms may share their users.

    /// Chooses the hash that is checked for a name that nobody has
    /// (hash/dummy_hash.h). A user's own hash is the same in every realm, and
    /// this hash is, too: a name that takes another time in another realm would
    /// be known to be nobody's.
    dummy_hashes,

    /// Tells a key from another key (key_id()).
    key_ids,
};

/// HMAC-SHA-256 with `secret` over the purpose, a zero byte and, for a key of
/// a realm, the realm's name. Throws std::bad_alloc if OpenSSL has no memory.
derived_key derive_key(std::string_view secret, key_purpose purpose,
                       std::string_view realm);

/// What a store keeps of a secret, to tell it from another secret: 32
/// hexadecimal digits that tell nothing else. Throws std::bad_alloc as
/// derive_key().
std::string key_id(std::string_view secret);

} // namespace auth
