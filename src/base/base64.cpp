#include "base/base64.h"

namespace auth {

namespace {

constexpr unsigned no_digit = 64;

unsigned value_of(char c, char plus) noexcept
{
    if (c >= 'A' && c <= 'Z') {
        return static_cast<unsigned>(c - 'A');
    }
    if (c >= 'a' && c <= 'z') {
        return static_cast<unsigned>(c - 'a' + 26);
    }
    if (c >= '0' && c <= '9') {
        return static_cast<unsigned>(c - '0' + 52);
    }
    return c == plus ? 62 : c == '/' ? 63 : no_digit;
}

} // namespace

bool decode_base64(std::string_view digits, std::uint8_t* bytes,
                   std::size_t room, std::size_t& size, char plus) noexcept
{
    std::uint32_t pending = 0;
    unsigned bits = 0;
    size = 0;
    for (const char c : digits) {
        const unsigned digit = value_of(c, plus);
        if (digit == no_digit) {
            return false;
        }
        pending = (pending << 6 | digit) & 0xffff;
        bits += 6;
        if (bits >= 8) {
            if (size == room) {
                return false;
            }
            bits -= 8;
            bytes[size++] = static_cast<std::uint8_t>(pending >> bits);
        }
    }
    return bits < 6 && (pending & ((1U << bits) - 1)) == 0;
}

bool decode_padded_base64(std::string_view digits, std::uint8_t* bytes,
                          std::size_t room, std::size_t& size) noexcept
{
    if (digits.size() % 4 != 0) {
        return false;
    }
    for (int padding = 0; padding < 2; ++padding) {
        if (!digits.empty() && digits.back() == '=') {
            digits.remove_suffix(1);
        }
    }
    return decode_base64(digits, bytes, room, size);
}

} // namespace auth
