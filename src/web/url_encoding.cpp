#include "web/url_encoding.h"

namespace auth {

namespace {

/// How many bytes the UTF-8 sequence at `p` takes (RFC 3629: shortest forms,
/// no surrogates, nothing over U+10FFFF); 0 if it is malformed.
std::size_t sequence_length(const unsigned char* p, std::size_t left) noexcept
{
    const unsigned lead = p[0];
    if (lead < 0x80) {
        return 1;
    }

    std::size_t length = 0;
    unsigned lowest = 0x80; // what the second byte may be
    unsigned highest = 0xbf;
    if (lead >= 0xc2 && lead <= 0xdf) {
        length = 2;
    } else if (lead >= 0xe0 && lead <= 0xef) {
        length = 3;
        lowest = lead == 0xe0 ? 0xa0 : 0x80;
        highest = lead == 0xed ? 0x9f : 0xbf;
    } else if (lead >= 0xf0 && lead <= 0xf4) {
        length = 4;
        lowest = lead == 0xf0 ? 0x90 : 0x80;
        highest = lead == 0xf4 ? 0x8f : 0xbf;
    }

    if (length == 0 || length > left || p[1] < lowest || p[1] > highest) {
        return 0;
    }
    for (std::size_t i = 2; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }

    return length;
}

bool is_well_formed(const char* text, std::size_t size) noexcept
{
    const auto* bytes = reinterpret_cast<const unsigned char*>(text);

    for (std::size_t i = 0; i < size;) {
        const std::size_t length = sequence_length(bytes + i, size - i);
        if (length == 0) {
            return false;
        }
        i += length;
    }

    return true;
}

} // namespace

bool decode_form_text(std::string_view text, char* out,
                      std::size_t& length) noexcept
{
    std::size_t written = 0;

    for (std::size_t i = 0; i < text.size(); i++) {
        char byte = text[i];
        if (byte == '+') {
            byte = ' ';
        } else if (byte == '%') {
            if (text.size() - i < 3) {
                return false;
            }
            const int high = hex_digit(text[i + 1]);
            const int low = hex_digit(text[i + 2]);
            if (high < 0 || low < 0) {
                return false;
            }
            byte = static_cast<char>(high << 4 | low);
            i += 2;
        }
        if (byte == '\0') {
            return false;
        }
        out[written++] = byte;
    }

    length = written;
    return is_well_formed(out, written);
}

int hex_digit(char digit) noexcept
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }

    const char lower = ascii_lower(digit);
    if (lower >= 'a' && lower <= 'f') {
        return lower - 'a' + 10;
    }

    return -1;
}

char ascii_lower(char letter) noexcept
{
    return letter >= 'A' && letter <= 'Z'
               ? static_cast<char>(letter - 'A' + 'a')
               : letter;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept
{
    if (a.size() != b.size()) {
        return false;
    }

    for (std::size_t i = 0; i < a.size(); i++) {
        if (ascii_lower(a[i]) != ascii_lower(b[i])) {
            return false;
        }
    }

    return true;
}

std::string_view trim_ows(std::string_view text) noexcept
{
    const auto is_ows = [](char c) { return c == ' ' || c == '\t'; };

    while (!text.empty() && is_ows(text.front())) {
        text.remove_prefix(1);
    }
    while (!text.empty() && is_ows(text.back())) {
        text.remove_suffix(1);
    }

    return text;
}

} // namespace auth
