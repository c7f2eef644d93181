#include "utf8.h"

#include "wipe_guard.h"

#include <utf8proc.h>

#include <memory>
#include <new>
#include <stdexcept>

namespace auth {

namespace {

const utf8proc_uint8_t* bytes_of(std::string_view text)
{
    return reinterpret_cast<const utf8proc_uint8_t*>(text.data());
}

} // namespace

bool next_code_point(std::string_view& text, std::int32_t& code) noexcept
{
    // utf8proc refuses long forms, surrogates and what is over U+10FFFF.
    auto size = utf8proc_iterate(
        bytes_of(text), static_cast<utf8proc_ssize_t>(text.size()), &code);
    if (size <= 0) {
        return false;
    }
    text.remove_prefix(static_cast<std::size_t>(size));
    return true;
}

bool is_utf8(std::string_view text) noexcept
{
    std::int32_t code = 0;
    while (!text.empty()) {
        if (!next_code_point(text, code)) {
            return false;
        }
    }
    return true;
}

bool has_control_character(std::string_view text) noexcept
{
    std::int32_t code = 0;
    while (next_code_point(text, code)) {
        if (code < 0x20 || (code >= 0x7f && code < 0xa0)) {
            return true;
        }
    }
    return false;
}

std::size_t count_code_points(std::string_view text) noexcept
{
    std::size_t count = 0;
    std::int32_t code = 0;
    while (next_code_point(text, code)) {
        ++count;
    }
    return count;
}

secret normalize_nfc(std::string_view text)
{
    // utf8proc_map() would leave a copy of the password behind when it
    // shrinks its buffer, so its two halves are called here on our own.
    constexpr auto form =
        static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    auto size = static_cast<utf8proc_ssize_t>(text.size());
    auto wanted = utf8proc_decompose(bytes_of(text), size, nullptr, 0, form);
    if (wanted < 0) {
        throw std::runtime_error(utf8proc_errmsg(wanted));
    }

    // One more: the encoder writes a closing NUL behind the text.
    auto room = static_cast<std::size_t>(wanted) + 1;
    auto buffer = std::make_unique<utf8proc_int32_t[]>(room);
    wipe_guard guard(buffer.get(), room * sizeof(utf8proc_int32_t));
    auto count =
        utf8proc_decompose(bytes_of(text), size, buffer.get(), wanted, form);
    if (count >= 0) {
        count = utf8proc_reencode(buffer.get(), count, form);
    }
    if (count < 0) {
        throw std::runtime_error(utf8proc_errmsg(count));
    }
    return secret({reinterpret_cast<const char*>(buffer.get()),
                   static_cast<std::size_t>(count)});
}

} // namespace auth
