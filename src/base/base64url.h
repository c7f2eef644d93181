#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

// Bytes as text: base64url without padding. Bits of the last character that are
// not used are 0, so that all has one spelling. 32 bytes, which are what most
// is about, are 43 characters.

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

namespace base64url {

/// Shows each character to `write`.
template <class Bytes, class Write>
void encode(const Bytes& bytes, const Write& write)
{
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const auto byte : bytes) {
        bits = bits << 8 | static_cast<std::uint8_t>(byte);
        for (count += 8; count >= 6;) {
            count -= 6;
            write(alphabet[bits >> count & 63]);
        }
    }
    if (count != 0) {
        write(alphabet[bits << (6 - count) & 63]);
    }
}

/// Shows each byte to `write`; false if the text is not what encode() makes.
template <class Write>
bool decode(std::string_view text, const Write& write)
{
    std::uint32_t bits = 0;
    unsigned count = 0;
    std::uint8_t seen = 0;
    for (const char c : text) {
        seen |= digit(c);
        bits = bits << 6 | digit(c);
        count += 6;
        if (count >= 8) {
            count -= 8;
            write(static_cast<std::uint8_t>(bits >> count));
        }
    }
    return (seen & no_digit) == 0 && count < 6 &&
           (bits & ((1U << count) - 1)) == 0;
}

} // namespace base64url

/// Writes base64url_size characters.
inline void encode_base64url(const base64url_bytes& bytes, char* out) noexcept
{
    base64url::encode(bytes, [&out](char c) { *out++ = c; });
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
    std::uint8_t* out = bytes.data();
    return text.size() == base64url_size &&
           base64url::decode(text,
                             [&out](std::uint8_t byte) { *out++ = byte; });
}

} // namespace auth
