#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace auth {

using sha256_digest = std::array<std::uint8_t, 32>;

/// SHA-256 of a text.
sha256_digest sha256(std::string_view text) noexcept;

/// HMAC-SHA-256 of a message. False, with anything in `mac`, where OpenSSL has
/// no memory.
[[nodiscard]] bool hmac_sha256(std::string_view key, std::string_view message,
                               sha256_digest& mac) noexcept;

/// The bytes of a key or a message as hmac_sha256() takes them.
template <class Bytes>
std::string_view view_of_bytes(const Bytes& bytes) noexcept
{
    static_assert(sizeof(*bytes.data()) == 1);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

} // namespace auth
