#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace auth {

/// Decodes application/x-www-form-urlencoded text (WHATWG URL, section 5.1:
/// `+` is a space, `%XX` a byte) into `out`, which has room for `text.size()`
/// bytes. Stricter than WHATWG: false for a `%` without two hexadecimal
/// digits, for a NUL, and for bytes that are not UTF-8 once decoded, where
/// browsers would put in replacement characters. `length` is then undefined.
bool decode_form_text(std::string_view text, char* out,
                      std::size_t& length) noexcept;

/// A path of this site, perhaps with a query and a fragment, as a Location may
/// have it: ASCII, every byte that RFC 3986 does not allow in a URL
/// percent-encoded. Escapes that are there stay as they are.
std::string encode_location(std::string_view reference);

/// The same for a path whose bytes all mean themselves, as nginx compares
/// them: `%`, `?` and `#` are encoded as well.
std::string encode_path(std::string_view path);

/// The same for a query argument's value; what is harmless there (RFC 3986
/// unreserved and `/`) stays readable.
std::string encode_query_value(std::string_view text);

/// How many bytes at the front of `text` are well-formed UTF-8 (RFC 3629:
/// shortest forms, no surrogates, nothing over U+10FFFF).
std::size_t utf8_prefix(std::string_view text) noexcept;

/// The value of a hexadecimal digit, or -1.
int hex_digit(char digit) noexcept;

/// Without the spaces and tabs at both ends (OWS of RFC 9110, 5.6.3).
std::string_view trim_ows(std::string_view text) noexcept;

} // namespace auth
