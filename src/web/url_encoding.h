#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace auth {

/// Decodes application/x-www-form-urlencoded text (WHATWG URL, section 5.1: `+`
/// is a space, `%XX` a byte) into `out`, which has room for `text.size()`
/// bytes. It is stricter than WHATWG: it returns false for a `%` without two
/// hexadecimal digits, for a NUL, and for bytes that are not UTF-8, for which
/// browsers put in replacement characters. `length` is then undefined.
bool decode_form_text(std::string_view text, char* out,
                      std::size_t& length) noexcept;

/// A path of this site, perhaps with a query and a fragment, for a Location
/// header: it percent-encodes every byte that RFC 3986 does not allow in a URL,
/// and leaves existing escapes as they are. The result is ASCII.
std::string encode_location(std::string_view reference);

/// Does the same for a path as nginx compares it, in which each byte means
/// itself: it encodes `%`, `?` and `#`, too.
std::string encode_path(std::string_view path);

/// Does the same for the value of a query argument. Harmless characters (RFC
/// 3986's unreserved ones and `/`) stay readable.
std::string encode_query_value(std::string_view text);

/// Without the spaces and tabs at both ends (OWS of RFC 9110, 5.6.3).
std::string_view trim_ows(std::string_view text) noexcept;

} // namespace auth
