#include "account/quote.h"

#include "account/username.h"
#include "base/utf8.h"

#include <cstddef>

namespace auth {

namespace {

constexpr std::size_t longest = 128;

bool needs_escape(unsigned char byte, bool readable)
{
    return byte < 0x20 || byte == 0x7f || byte == '"' || byte == '\\' ||
           (byte >= 0x80 && !readable);
}

} // namespace

std::string quote(std::string_view name)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string_view shown = name.substr(0, longest);
    // A C1 control is two bytes of valid UTF-8, and cutting can leave half a
    // character. Everything beyond ASCII is then escaped.
    bool readable = is_utf8(shown) && !has_control_character(shown);

    std::string quoted = "\"";
    for (char c : shown) {
        auto byte = static_cast<unsigned char>(c);
        if (needs_escape(byte, readable)) {
            quoted += "\\x";
            quoted += digits[byte >> 4];
            quoted += digits[byte & 15];
        } else {
            quoted += c;
        }
    }
    quoted += '"';
    if (shown.size() < name.size()) {
        quoted += "...";
    }
    return quoted;
}

std::string quote_unknown(std::string_view name)
{
    if (could_be_registered(name)) {
        return quote(name);
    }
    return "(not shown, " + std::to_string(name.size()) + " bytes)";
}

} // namespace auth
