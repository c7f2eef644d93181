#include "web/url_encoding.h"

#include "base/ascii.h"

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

bool is_unreserved(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '~';
}

/// What may stand in a path as it is (pchar of RFC 3986, and `/`).
bool is_path_character(char c) noexcept
{
    return is_unreserved(c) ||
           std::string_view("!$&'()*+,;=:@/").find(c) != std::string_view::npos;
}

/// Whether `text` begins with `%` and two hexadecimal digits.
bool is_escape(std::string_view text) noexcept
{
    return text.size() >= 3 && text[0] == '%' && hex_digit(text[1]) >= 0 &&
           hex_digit(text[2]) >= 0;
}

void append_escape(std::string& to, char c)
{
    constexpr char digits[] = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    to += '%';
    to += digits[byte >> 4];
    to += digits[byte & 15];
}

/// Percent-encodes what is not `kept`.
template <class Kept>
std::string encode(std::string_view text, Kept&& kept)
{
    std::string encoded;
    encoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); i++) {
        if (kept(text.substr(i))) {
            encoded += text[i];
        } else {
            append_escape(encoded, text[i]);
        }
    }
    return encoded;
}

} // namespace

std::size_t utf8_prefix(std::string_view text) noexcept
{
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());

    std::size_t i = 0;
    while (i < text.size()) {
        const std::size_t length = sequence_length(bytes + i, text.size() - i);
        if (length == 0) {
            break;
        }
        i += length;
    }

    return i;
}

std::string encode_location(std::string_view reference)
{
    return encode(reference, [](std::string_view rest) {
        return is_path_character(rest[0]) || rest[0] == '?' || rest[0] == '#' ||
               rest[0] == '[' || rest[0] == ']' || is_escape(rest);
    });
}

std::string encode_path(std::string_view path)
{
    return encode(
        path, [](std::string_view rest) { return is_path_character(rest[0]); });
}

std::string encode_query_value(std::string_view text)
{
    return encode(text, [](std::string_view rest) {
        return is_unreserved(rest[0]) || rest[0] == '/';
    });
}

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
    return utf8_prefix({out, written}) == written;
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
