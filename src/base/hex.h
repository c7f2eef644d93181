#pragma once

#include "base/ascii.h"

#include <string>
#include <string_view>

// Bytes as hexadecimal digits, small ones unless the name says otherwise.

namespace auth {

constexpr std::string_view hex_digits = "0123456789abcdef";

/// The value of a small digit, or -1.
constexpr int small_hex_digit(char digit) noexcept
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

/// The value of a digit, small or capital, or -1.
constexpr int hex_digit(char digit) noexcept
{
    return small_hex_digit(ascii_lower(digit));
}

/// Whether there are small digits and nothing else.
inline bool is_small_hex(std::string_view text) noexcept
{
    return text.find_first_not_of(hex_digits) == std::string_view::npos;
}

/// Appends a byte's two digits.
template <class String>
void append_hex(String& to, unsigned char byte)
{
    to += hex_digits[byte >> 4];
    to += hex_digits[byte & 15];
}

/// Two digits a byte.
template <class Bytes>
std::string to_hex(const Bytes& bytes)
{
    std::string text;
    text.reserve(2 * bytes.size());
    for (const auto byte : bytes) {
        append_hex(text, static_cast<unsigned char>(byte));
    }
    return text;
}

/// Appends `%` and a byte's two digits, capitals as URLs have them.
inline void append_percent_escape(std::string& to, char c)
{
    constexpr std::string_view capitals = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    to += '%';
    to += capitals[byte >> 4];
    to += capitals[byte & 15];
}

} // namespace auth
