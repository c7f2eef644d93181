#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace auth {

/// SHA-256 of a token's 43 characters: all that is ever kept of a token.
using session_digest = std::array<std::uint8_t, 32>;

/// The secret key of tokens: a table's own, which is as old as the table, or
/// one that is derived from a realm's secret.
using token_key = std::array<std::uint8_t, 32>;

constexpr std::size_t session_token_size = 43;

/// When a token was made: hours since 1970.
using token_hour = std::uint32_t;

constexpr token_hour token_hour_of(std::int64_t seconds_since_1970) noexcept
{
    return static_cast<token_hour>(seconds_since_1970 / 3600);
}

/// Makes a token: the hour, 20 bytes from getrandom(2), and an 8-byte tag
/// (HMAC-SHA-256 with `key`, its first 8 bytes), in base64url without padding.
/// Returns false if the kernel gives no random bytes or OpenSSL has no memory.
/// The caller wipes the token.
bool make_session_token(const token_key& key, token_hour hour,
                        std::array<char, session_token_size>& token) noexcept;

enum class token_verdict {
    genuine,
    forged,
    unknown ///< OpenSSL has no memory
};

/// Whether `key` has made the tag of a token, and in which hour; the tag is
/// compared in constant time. A text that does not look like a token is forged,
/// and so is any other spelling of the same bytes.
token_verdict verify_session_token(const token_key& key, std::string_view token,
                                   token_hour& hour) noexcept;

/// SHA-256 of the token's characters. It is the only hash of the hot path.
session_digest digest_session_token(std::string_view token) noexcept;

/// A short public name of a session for logs: the first 48 of the 256 bits of
/// its digest as 12 hexadecimal digits. A reader of the table can tell which
/// record it names. Nobody can find the token, or the other 208 bits.
std::array<char, 12> public_session_id(const session_digest& digest) noexcept;

} // namespace auth
