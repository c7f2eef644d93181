#include "base/quote.h"

#include "base/hex.h"
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

std::string quoted_for_log(std::string_view name)
{
    std::string_view shown = name.substr(0, longest);
    // A C1 control is two bytes of valid UTF-8, and cutting can leave half a
    // character. Everything beyond ASCII is then escaped.
    bool readable = is_utf8(shown) && !has_control_character(shown);

    std::string quoted = "\"";
    for (char c : shown) {
        auto byte = static_cast<unsigned char>(c);
        if (needs_escape(byte, readable)) {
            quoted += "\\x";
            append_hex(quoted, byte);
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

std::string in_quotes(std::string_view text)
{
    return "\"" + std::string(text) + "\"";
}

} // namespace auth
