#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

// 32 bytes as text: 43 characters of base64url, without padding. That is ten
// groups of three bytes and one of two, which leaves two bits of the last
// character unused. They are 0, so that all has one spelling.

namespace auth {

using base64url_bytes = std::array<std::uint8_t, 32>;
constexpr std::size_t base64url_size = 43;

namespace base64url {

constexpr char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_digit = 0x80;

constexpr std::array<std::uint8_t, 256> make_digits()
{
    std::array<std::uint8_t, 256> digits{};
    for (std::uint8_t& digit : digits) {
        digit = no_digit;
    }
    for (std::uint8_t i = 0; i < 64; ++i) {
        digits[static_cast<unsigned char>(alphabet[i])] = i;
    }
    return digits;
}

constexpr std::array<std::uint8_t, 256> digits = make_digits();

constexpr std::uint8_t digit(char c)
{
    return digits[static_cast<unsigned char>(c)];
}

} // namespace base64url

/// Writes base64url_size characters.
inline void encode_base64url(const base64url_bytes& bytes, char* out) noexcept
{
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const std::uint8_t byte : bytes) {
        bits = bits << 8 | byte;
        for (count += 8; count >= 6;) {
            count -= 6;
            *out++ = base64url::alphabet[bits >> count & 63];
        }
    }
    *out = base64url::alphabet[bits << (6 - count) & 63];
}

/// Whether the text has the length and the alphabet; an unused bit may be set.
inline bool looks_like_base64url(std::string_view text) noexcept
{
    if (text.size() != base64url_size) {
        return false;
    }
    std::uint8_t seen = 0;
    for (const char c : text) {
        seen |= base64url::digit(c);
    }
    return (seen & base64url::no_digit) == 0;
}

/// False, with anything in `bytes`, if the text is not what
/// encode_base64url() writes.
inline bool decode_base64url(std::string_view text,
                             base64url_bytes& bytes) noexcept
{
    if (!looks_like_base64url(text)) {
        return false;
    }
    std::uint32_t bits = 0;
    unsigned count = 0;
    std::size_t size = 0;
    for (const char c : text) {
        bits = bits << 6 | base64url::digit(c);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes[size++] = static_cast<std::uint8_t>(bits >> count);
        }
    }
    return (bits & ((1U << count) - 1)) == 0;
}

} // namespace auth
