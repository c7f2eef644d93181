#pragma once

#include "base/secret.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace auth {

/// Takes the first code point off the text. Returns false and takes nothing if
/// the text is empty, or does not begin with well-formed UTF-8 (RFC 3629:
/// shortest forms, no surrogates, nothing over U+10FFFF).
bool next_code_point(std::string_view& text, std::int32_t& code) noexcept;

/// How many bytes at the front of `text` are well-formed UTF-8.
std::size_t utf8_prefix(std::string_view text) noexcept;

/// Whether the bytes are well-formed UTF-8.
bool is_utf8(std::string_view text) noexcept;

/// Whether valid UTF-8 contains a control character (C0, DEL, C1).
bool has_control_character(std::string_view text) noexcept;

/// The number of code points in valid UTF-8.
std::size_t count_code_points(std::string_view text) noexcept;

/// Normalisation form C of valid UTF-8 (utf8proc). Throws std::bad_alloc, and
/// std::runtime_error if the text is not UTF-8.
secret normalize_nfc(std::string_view text);

} // namespace auth
