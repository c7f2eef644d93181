#include "web/url_encoding.h"

#include "base/hex.h"
#include "base/text.h"
#include "base/utf8.h"

namespace auth {

namespace {

bool is_unreserved(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' ||
           c == '~';
}

/// Whether a path may contain the character as it is (RFC 3986: pchar and `/`).
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

/// Percent-encodes all bytes that are not `kept`.
template <class Kept>
std::string encode(std::string_view text, Kept&& kept)
{
    std::string encoded;
    encoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (kept(text.substr(i))) {
            encoded += text[i];
        } else {
            append_percent_escape(encoded, text[i]);
        }
    }
    return encoded;
}

} // namespace

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

    for (std::size_t i = 0; i < text.size(); ++i) {
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
    return is_utf8({out, written});
}

std::string_view trim_ows(std::string_view text) noexcept
{
    return trim(text, " \t");
}

} // namespace auth
