#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

// Bytes as text (RFC 4648), without padding unless the name says otherwise.
// Bits of the last digit that make no byte are 0, so that all bytes have one
// spelling.

namespace auth {

struct base64_alphabet {
    static constexpr std::uint8_t no_digit = 0x80;

    /// The digits for 62 and 63 are what programs differ in.
    constexpr base64_alphabet(char digit62, char digit63) noexcept
    {
        for (std::uint8_t& value : values) {
            value = no_digit;
        }
        constexpr char common[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789";
        for (std::uint8_t i = 0; i < 64; ++i) {
            const char digit = i < 62 ? common[i] : i == 62 ? digit62 : digit63;
            digits[i] = digit;
            values[static_cast<unsigned char>(digit)] = i;
        }
    }

    constexpr std::uint8_t value(char digit) const noexcept
    {
        return values[static_cast<unsigned char>(digit)];
    }

    std::array<char, 64> digits{};
    std::array<std::uint8_t, 256> values{};
};

inline constexpr base64_alphabet standard_base64('+', '/');
inline constexpr base64_alphabet url_base64('-', '_');
inline constexpr base64_alphabet passlib_base64('.', '/');

/// Shows each digit to `write`.
template <class Bytes, class Write>
void encode_base64(const Bytes& bytes, const base64_alphabet& alphabet,
                   const Write& write)
{
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const auto byte : bytes) {
        bits = bits << 8 | static_cast<std::uint8_t>(byte);
        for (count += 8; count >= 6;) {
            count -= 6;
            write(alphabet.digits[bits >> count & 63]);
        }
    }
    if (count != 0) {
        write(alphabet.digits[bits << (6 - count) & 63]);
    }
}

/// Shows each byte to `write`; false if the text is not what encode_base64()
/// makes.
template <class Write>
bool decode_base64(std::string_view text, const base64_alphabet& alphabet,
                   const Write& write)
{
    std::uint32_t bits = 0;
    unsigned count = 0;
    std::uint8_t seen = 0;
    for (const char c : text) {
        const std::uint8_t value = alphabet.value(c);
        seen |= value;
        bits = bits << 6 | value;
        count += 6;
        if (count >= 8) {
            count -= 8;
            write(static_cast<std::uint8_t>(bits >> count));
        }
    }
    return (seen & base64_alphabet::no_digit) == 0 && count < 6 &&
           (bits & ((1U << count) - 1)) == 0;
}

/// Decodes into `bytes`, which has `room`; false, with nothing to rely on in
/// `bytes`, also where there are more bytes than fit.
bool decode_base64(std::string_view text, const base64_alphabet& alphabet,
                   std::uint8_t* bytes, std::size_t room,
                   std::size_t& size) noexcept;

/// Decodes base64 with the padding that it must have: `=` up to a multiple of
/// four digits.
bool decode_padded_base64(std::string_view text, std::uint8_t* bytes,
                          std::size_t room, std::size_t& size) noexcept;

// 32 bytes, which is what tokens and cookies hold, are 43 digits.

using base64url_bytes = std::array<std::uint8_t, 32>;
constexpr std::size_t base64url_size = 43;

/// Writes base64url_size digits.
inline void encode_base64url(const base64url_bytes& bytes, char* out) noexcept
{
    encode_base64(bytes, url_base64, [&out](char c) { *out++ = c; });
}

/// False, with anything in `bytes`, if the text is not what
/// encode_base64url() writes.
inline bool decode_base64url(std::string_view text,
                             base64url_bytes& bytes) noexcept
{
    std::uint8_t* out = bytes.data();
    return text.size() == base64url_size &&
           decode_base64(text, url_base64,
                         [&out](std::uint8_t byte) { *out++ = byte; });
}

} // namespace auth
