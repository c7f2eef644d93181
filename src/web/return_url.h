#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

constexpr std::size_t max_return_url = 4096;

/// How long an encoded return URL may be, so that the longest name and password
/// fit beside it into a form (8 KiB). A request line with it is under 8 KiB,
/// too.
constexpr std::size_t max_encoded_return_url = 6144;

/// A path that a `next` may not lead to. With `below` it may not lead to a path
/// that begins so, either.
struct excluded_path {
    std::string_view path;
    bool below = false;
};

/// Whether a browser may be redirected to `url`, which must be a path of this
/// site:
///  - It begins with one `/`, whose next byte is neither `/` nor `\`.
///  - It has no `\` and no control byte, and is not too long.
///  - It does not begin with `//` after dot segments are resolved, including
///    percent-encoded dots, as browsers do it.
///  - Its path is none of `excluded`: the login, logout and register pages. An
///    empty path, which no location serves, excludes nothing.
///
/// Paths are compared as nginx will see them after a browser has followed the
/// redirect, so that no spelling of an excluded page makes a loop.
bool is_valid_return_url(std::string_view url,
                         const std::vector<excluded_path>& excluded);

/// Whether a return URL is longer than the two constants above allow.
bool is_too_long_return_url(std::string_view url) noexcept;

/// What follows scheme and host of an absolute URL such as a Referer: `/` if
/// nothing follows, empty if there is no host.
std::string_view path_and_query(std::string_view url);

/// Finds and decodes an argument of a query string. Returns false if it is
/// absent, repeated or badly encoded. The encoding is that of forms: `+` is a
/// space, and a NUL or bytes that are not UTF-8 are bad.
bool query_argument(std::string_view query, std::string_view name,
                    std::string& value);

} // namespace auth
