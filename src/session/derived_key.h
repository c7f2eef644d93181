#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace auth {

using derived_key = std::array<std::uint8_t, 32>;

/// A realm's key for one purpose, from the secret that an operator gives it:
/// HMAC-SHA-256(secret, purpose, a zero byte, realm). Nothing can be told of
/// one from another. The purpose holds no zero byte. Throws std::bad_alloc
/// when OpenSSL has no memory.
derived_key derive_key(std::string_view secret, std::string_view realm,
                       std::string_view purpose);

} // namespace auth
