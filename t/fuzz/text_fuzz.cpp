// UTF-8 and its normalisation form C, and what log lines make of any bytes.

#include "target.h"

#include "base/quote.h"
#include "base/utf8.h"
#include "store/mongo_document.h"
#include "web/url_encoding.h"

#include <utf8proc.h>

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace auth::fuzz {

namespace {

bool is_continuation(char c)
{
    return (c & 0xc0) == 0x80;
}

/// A control character as bytes: below space, DEL, or C1 behind its lead.
bool holds_control(std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 || byte == 0x7f ||
            (byte == 0xc2 && static_cast<unsigned char>(text[i + 1]) < 0xa0)) {
            return true;
        }
    }
    return false;
}

/// A form by the library's own function.
std::string mapped(std::string_view text, int form)
{
    utf8proc_uint8_t* buffer = nullptr;
    const auto size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                     static_cast<utf8proc_ssize_t>(text.size()), &buffer,
                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | form));
    HOLDS(size >= 0);
    const std::string result(reinterpret_cast<const char*>(buffer),
                             static_cast<std::size_t>(size));
    std::free(buffer);
    return result;
}

void check_quoted(std::string_view bytes)
{
    const std::string quoted = quoted_for_log(bytes);
    HOLDS(quoted.size() <= 4 * 128 + 5 && quoted.front() == '"');
    HOLDS(is_valid_utf8(quoted) && !holds_control(quoted));
    HOLDS(std::count(quoted.begin(), quoted.end(), '"') == 2);
}

bool can_normalise(std::string_view bytes)
{
    try {
        normalize_nfc(bytes);
        return true;
    } catch (const std::runtime_error&) {
        return false;
    }
}

void check_form_c(std::string_view text)
{
    const secret normal = normalize_nfc(text);
    const exact_bytes again(normal.view());
    HOLDS(is_utf8(again.view()));
    HOLDS(has_control_character(again.view()) == has_control_character(text));
    HOLDS(normalize_nfc(again.view()).view() == normal.view());
    if (text.size() <= 1024) { // the library's time grows with the square
        HOLDS(mapped(text, UTF8PROC_COMPOSE) == normal.view());
        HOLDS(normalize_nfc(mapped(text, UTF8PROC_DECOMPOSE)).view() ==
              normal.view());
    }
}

} // namespace

void run(std::string_view bytes)
{
    check_quoted(bytes);

    const bool valid = is_valid_utf8(bytes);
    HOLDS(is_utf8(bytes) == valid);
    const bool without_nul = bytes.find('\0') == bytes.npos;
    if (bytes.size() <= 65536) {
        HOLDS(is_mongo_text(bytes) == (valid && without_nul));
    }
    // What no encoding of forms concerns.
    if (without_nul && bytes.find_first_of("%+") == bytes.npos) {
        std::size_t length = 0;
        HOLDS(decode_form_text(bytes, exact_bytes(bytes).data(), length) ==
              valid);
    }
    HOLDS(can_normalise(bytes) == valid);
    if (!valid) {
        return;
    }
    HOLDS(has_control_character(bytes) == holds_control(bytes));
    HOLDS(count_code_points(bytes) +
              static_cast<std::size_t>(
                  std::count_if(bytes.begin(), bytes.end(), is_continuation)) ==
          bytes.size());
    check_form_c(bytes);
}

} // namespace auth::fuzz
