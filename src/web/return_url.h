#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

constexpr std::size_t max_return_url = 4096;

/// What a return URL may take in a form (8 KiB), so that the longest name and
/// password fit beside it. A request line that has it is under 8 KiB as well.
constexpr std::size_t max_encoded_return_url = 6144;

/// A path that a `next` may not lead to; `below`: nor to one that begins so.
struct excluded_path {
    std::string_view path;
    bool below = false;
};

/// Whether a `next` may be redirected to: a path of this site. It begins with
/// one `/` whose next byte is neither `/` nor `\`, has no `\` or control byte,
/// gives no `//` at its start after dot segments are resolved (percent-encoded
/// dots included, as browsers do), is not too long, and its path is none of
/// `excluded` (the login, logout and register pages; empty ones, which no
/// location serves, are passed over).
///
/// Paths are compared as nginx will see them once a browser has followed the
/// redirect, so that no spelling of an excluded page makes a loop.
bool is_valid_return_url(std::string_view url,
                         const std::vector<excluded_path>& excluded);

/// Whether a return URL is longer than the two constants above allow.
bool is_too_long_return_url(std::string_view url) noexcept;

/// What follows scheme and host of an absolute URL such as a Referer; `/` where
/// nothing does, empty where there is no host.
std::string_view path_and_query(std::string_view url);

/// Finds and decodes one argument of a query string; false when it is absent,
/// badly encoded or repeated. Encoded like a form: `+` is a space, and a NUL
/// or bytes that are not UTF-8 are bad.
bool query_argument(std::string_view query, std::string_view name,
                    std::string& value);

} // namespace auth
