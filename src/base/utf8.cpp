#include "base/utf8.h"

#include "base/wipe_guard.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <memory>
#include <new>
#include <numeric>
#include <stdexcept>

namespace auth {

namespace {

const utf8proc_uint8_t* bytes_of(std::string_view text)
{
    return reinterpret_cast<const utf8proc_uint8_t*>(text.data());
}

constexpr auto form =
    static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE);

/// Writes the decomposed code points, as far as there is room. Their marks are
/// not in order yet. Returns how many there are. Throws std::runtime_error if
/// the text is not UTF-8.
std::size_t decompose(std::string_view text, std::int32_t* codes,
                      std::size_t room)
{
    std::size_t size = 0;
    for (std::int32_t code = 0; !text.empty();) {
        if (!next_code_point(text, code)) {
            throw std::runtime_error(
                utf8proc_errmsg(UTF8PROC_ERROR_INVALIDUTF8));
        }
        const std::size_t left = room > size ? room - size : 0;
        auto added = utf8proc_decompose_char(
            code, left == 0 ? nullptr : codes + size,
            static_cast<utf8proc_ssize_t>(left), form, nullptr);
        if (added < 0) {
            throw std::runtime_error(utf8proc_errmsg(added));
        }
        size += static_cast<std::size_t>(added);
    }
    return size;
}

/// The canonical combining class (Unicode 3.11); 0 for a mark that keeps its
/// place, and for other characters.
std::uint8_t class_of(std::int32_t code)
{
    return static_cast<std::uint8_t>(
        utf8proc_get_property(code)->combining_class);
}

/// Sorts marks by their class. Marks of the same class stay in their order. It
/// counts them, so that it takes as many steps as there are marks and classes.
void sort_marks(std::int32_t* marks, std::size_t size, std::int32_t* spare)
{
    std::array<std::size_t, 256> next{};
    for (std::size_t i = 0; i < size; ++i) {
        ++next[class_of(marks[i])];
    }
    std::exclusive_scan(next.begin(), next.end(), next.begin(), std::size_t{0});
    for (std::size_t i = 0; i < size; ++i) {
        spare[next[class_of(marks[i])]++] = marks[i];
    }
    std::copy(spare, spare + size, marks);
}

/// Puts each run of combining marks into canonical order.
void order_marks(std::int32_t* codes, std::size_t size, std::int32_t* spare)
{
    const auto is_mark = [](std::int32_t code) { return class_of(code) != 0; };
    std::int32_t* const end = codes + size;
    while ((codes = std::find_if(codes, end, is_mark)) != end) {
        std::int32_t* const behind = std::find_if_not(codes, end, is_mark);
        if (behind - codes > 1) {
            sort_marks(codes, static_cast<std::size_t>(behind - codes), spare);
        }
        codes = behind;
    }
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

std::size_t utf8_prefix(std::string_view text) noexcept
{
    std::string_view rest = text;
    std::int32_t code = 0;
    while (next_code_point(rest, code)) {
    }
    return text.size() - rest.size();
}

bool is_utf8(std::string_view text) noexcept
{
    return utf8_prefix(text) == text.size();
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
    // utf8proc_map() would leave a copy of the password behind when it shrinks
    // its buffer. It also puts marks in order by exchanging neighbours, which
    // takes 60 ms for the 8 KiB of a form. So this calls its parts.
    const std::size_t size = decompose(text, nullptr, 0);

    // One byte more, because the encoder writes a NUL behind the text.
    const std::size_t room = 2 * size + 1;
    auto buffer = std::make_unique<std::int32_t[]>(room);
    wipe_guard guard(buffer.get(), room * sizeof(std::int32_t));
    decompose(text, buffer.get(), size);
    order_marks(buffer.get(), size, buffer.get() + size);
    auto count = utf8proc_reencode(buffer.get(),
                                   static_cast<utf8proc_ssize_t>(size), form);
    if (count < 0) {
        throw std::runtime_error(utf8proc_errmsg(count));
    }
    return secret({reinterpret_cast<const char*>(buffer.get()),
                   static_cast<std::size_t>(count)});
}

} // namespace auth
