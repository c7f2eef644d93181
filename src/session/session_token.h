#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace auth {

/// SHA-256 of a token's 43 characters: all that is ever kept of a token.
using session_digest = std::array<std::uint8_t, 32>;

/// A secret key of one table, made when the table is.
using token_key = std::array<std::uint8_t, 32>;

constexpr std::size_t session_token_size = 43;

/// Makes a token: 24 bytes from getrandom(2) and an 8-byte tag (HMAC-SHA-256
/// with `key`, cut), in base64url without padding. False when the kernel gives
/// no random bytes or OpenSSL no memory. The caller wipes it.
bool make_session_token(const token_key& key,
                        std::array<char, session_token_size>& token) noexcept;

/// Whether the text has a token's length and alphabet.
bool looks_like_session_token(std::string_view text) noexcept;

/// Whether the tag of a token is the key's, in constant time. False for what
/// does not look like a token, or is spelt in a way that no token is.
bool verify_session_token(const token_key& key,
                          std::string_view token) noexcept;

/// SHA-256 of the token's characters. The hot path's only hash.
session_digest digest_session_token(std::string_view token) noexcept;

/// A short public name of a session for logs: the first 48 of the 256 bits of
/// its digest as 12 hexadecimal digits. Whoever can read the table can tell
/// which record it names; nobody can find the token, or the other 208 bits.
std::array<char, 12> public_session_id(const session_digest& digest) noexcept;

} // namespace auth
