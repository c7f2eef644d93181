#include "web/return_url.h"

#include "web/url_encoding.h"

#include "base/ascii.h"
#include "base/hex.h"
#include "base/text.h"

#include <algorithm>

namespace auth {

namespace {

bool has_forbidden_byte(std::string_view url)
{
    return std::any_of(url.begin(), url.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f || byte == '\\';
    });
}

/// The path of a relative reference. A browser strips spaces from the end of a
/// URL (WHATWG URL, 4.4), so they do not belong to the path.
std::string_view path_of(std::string_view url)
{
    while (!url.empty() && url.back() == ' ') {
        url.remove_suffix(1);
    }
    return url.substr(0, url.find_first_of("?#"));
}

enum class dots { plain, or_encoded };

/// The number of dots of a segment that consists of dots, spelt `.` or, for
/// browsers, `%2e`; 0 for any other segment.
unsigned count_dots(std::string_view segment, dots spelling)
{
    unsigned count = 0;

    while (!segment.empty()) {
        const bool encoded = spelling == dots::or_encoded &&
                             equal_ignoring_case(segment.substr(0, 3), "%2e");
        if (!encoded && segment[0] != '.') {
            return 0;
        }
        segment.remove_prefix(encoded ? 3 : 1);
        ++count;
    }
    return count;
}

/// Resolves the dot segments of a path that begins with `/` (RFC 3986, 5.2.4).
/// Empty segments stay. Any other path, as a location of nginx may have, does
/// no harm.
std::string resolve_dots(std::string_view path, dots spelling)
{
    std::string resolved;

    while (!path.empty()) {
        const std::size_t end = std::min(path.find('/', 1), path.size());
        const std::string_view segment = path.substr(1, end - 1);
        const bool last = end == path.size();
        const unsigned count = count_dots(segment, spelling);

        if (count == 2 && !resolved.empty()) {
            const std::size_t slash = resolved.rfind('/');
            resolved.erase(slash == std::string::npos ? 0 : slash);
        }
        if (count == 1 || count == 2) {
            resolved += last ? "/" : "";
        } else {
            resolved += path.substr(0, end);
        }
        path.remove_prefix(end);
    }
    return resolved;
}

/// What a browser asks for if it is redirected to `path`. It takes encoded dots
/// for dots, and does not take encoded slashes for slashes (WHATWG URL, 4.4,
/// path state).
std::string path_of_browser(std::string_view path)
{
    return resolve_dots(path, dots::or_encoded);
}

/// What nginx compares with its locations. It decodes every percent-encoded
/// byte, merges adjacent slashes, and then resolves dot segments, also those
/// with encoded slashes. A server with `merge_slashes off` does less; then this
/// excludes too many pages, and never too few.
std::string path_of_nginx(std::string_view path)
{
    std::string decoded;

    for (std::size_t i = 0; i < path.size(); ++i) {
        char byte = path[i];
        if (byte == '%' && path.size() - i >= 3) {
            const int high = hex_digit(path[i + 1]);
            const int low = hex_digit(path[i + 2]);
            if (high >= 0 && low >= 0) {
                byte = static_cast<char>(high << 4 | low);
                i += 2;
            }
        }
        if (byte != '/' || decoded.empty() || decoded.back() != '/') {
            decoded += byte;
        }
    }
    return resolve_dots(decoded, dots::plain);
}

/// The path of a URL of this site as nginx will see it.
std::string resolved_path(std::string_view url)
{
    return path_of_nginx(path_of_browser(path_of(url)));
}

} // namespace

bool is_valid_return_url(std::string_view url,
                         const std::vector<excluded_path>& excluded)
{
    if (url.empty() || is_too_long_return_url(url) || url[0] != '/' ||
        has_forbidden_byte(url)) {
        return false;
    }

    // `//host` is another site. A path may become one. A browser keeps the host
    // then, but a proxy that rewrites the Location on the way may not.
    const std::string asked = path_of_browser(path_of(url));
    if (url.substr(0, 2) == "//" || asked.compare(0, 2, "//") == 0) {
        return false;
    }

    const std::string path = path_of_nginx(asked);
    return std::none_of(
        excluded.begin(), excluded.end(), [&](const excluded_path& candidate) {
            if (candidate.path.empty()) {
                return false;
            }
            const std::string page = resolved_path(candidate.path);
            return path == page ||
                   (candidate.below && path.compare(0, page.size(), page) == 0);
        });
}

bool is_too_long_return_url(std::string_view url) noexcept
{
    // Forms and query strings leave different bytes as they are. Both leave
    // these (WHATWG URL, 1.3).
    const auto plain = std::count_if(url.begin(), url.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    });
    const std::size_t encoded =
        3 * url.size() - 2 * static_cast<std::size_t>(plain);
    return url.size() > max_return_url || encoded > max_encoded_return_url;
}

std::string_view path_and_query(std::string_view url)
{
    const std::size_t host = url.find("://");
    if (host == std::string_view::npos) {
        return {};
    }
    url.remove_prefix(host + 3);
    url = url.substr(0, url.find('#'));
    const std::size_t end = url.find_first_of("/?");
    return end == std::string_view::npos || url[end] == '?' ? "/"
                                                            : url.substr(end);
}

bool query_argument(std::string_view query, std::string_view name,
                    std::string& value)
{
    bool found = false;

    while (!query.empty()) {
        std::string_view value_part = take_part(query, "&");
        if (value_part.empty()) {
            continue;
        }

        // The encoding of other arguments does not matter.
        std::string decoded(value_part.size(), '\0');
        std::size_t length = 0;
        if (!decode_form_text(take_part(value_part, "="), decoded.data(),
                              length) ||
            std::string_view(decoded.data(), length) != name) {
            continue;
        }
        if (found) {
            return false;
        }

        if (!decode_form_text(value_part, decoded.data(), length)) {
            return false;
        }
        value.assign(decoded, 0, length);
        found = true;
    }
    return found;
}

} // namespace auth
