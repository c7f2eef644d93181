// Where a `next` leads, worked out a second time: a browser's reading of it,
// then nginx's of what the browser asks for.

#include "target.h"

#include "web/return_url.h"
#include "web/url_encoding.h"

#include <algorithm>

namespace auth::fuzz {

namespace {

const std::vector<excluded_path> excluded = {
    {"/login"}, {"/a/../logout"}, {"/register/", true}, {""}};

std::string replace_all(std::string text, std::string_view what,
                        std::string_view by)
{
    for (std::size_t at = 0; (at = text.find(what, at)) != text.npos;
         at += by.size()) {
        text.replace(at, what.size(), by);
    }
    return text;
}

/// The segments of a path without the dots; an empty one at the end for a
/// path that ends with a slash.
std::vector<std::string> segments_of(std::string_view path, bool encoded_dots)
{
    std::vector<std::string> segments;
    const auto parts = split(path.substr(1), '/');
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::string dots = encoded_dots
                                     ? replace_all(lower(parts[i]), "%2e", ".")
                                     : std::string(parts[i]);
        const bool last = i + 1 == parts.size();
        if (dots == ".." && !segments.empty()) {
            segments.pop_back();
        }
        if (dots != "." && dots != "..") {
            segments.emplace_back(parts[i]);
        } else if (last) {
            segments.emplace_back();
        }
    }
    return segments;
}

std::string joined(const std::vector<std::string>& segments)
{
    std::string path;
    for (const std::string& segment : segments) {
        path += "/" + segment;
    }
    return path;
}

/// The path that a browser asks for. It takes blanks off the end, and tabs and
/// line ends out wherever they are.
std::string asked_by_browser(std::string_view url)
{
    std::string text(url);
    text.erase(text.find_last_not_of(' ') + 1);
    return joined(segments_of(text.substr(0, text.find_first_of("?#")), true));
}

int digit(char c)
{
    const std::size_t at = std::string_view("0123456789abcdef")
                               .find(c >= 'A' && c <= 'F' ? c + 32 : c);
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

/// The path that nginx compares with its locations.
std::string seen_by_nginx(std::string_view path)
{
    std::string decoded;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (path[i] == '%' && i + 2 < path.size() && digit(path[i + 1]) >= 0 &&
            digit(path[i + 2]) >= 0) {
            decoded +=
                static_cast<char>(digit(path[i + 1]) * 16 + digit(path[i + 2]));
            i += 2;
        } else {
            decoded += path[i];
        }
    }
    while (decoded.find("//") != decoded.npos) {
        decoded = replace_all(decoded, "//", "/");
    }
    return joined(segments_of(decoded, false));
}

} // namespace

void run(std::string_view url)
{
    const bool valid = is_valid_return_url(url, excluded);
    if (!is_valid_return_url(url, {})) {
        HOLDS(!valid);
        return;
    }

    HOLDS(url.size() <= 4096 && url[0] == '/');
    HOLDS(url.size() < 2 || (url[1] != '/' && url[1] != '\\'));
    for (const char c : url) {
        HOLDS(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f && c != '\\');
    }
    const std::string asked = asked_by_browser(url);
    HOLDS(asked[0] == '/' && asked.compare(0, 2, "//") != 0);

    // In a Location it is ASCII, and leads to the same path.
    const std::string location = encode_location(url);
    HOLDS(encode_location(location) == location);
    HOLDS(std::all_of(location.begin(), location.end(),
                      [](char c) { return c > ' ' && c < 0x7f; }));
    HOLDS(url.back() == ' ' ||
          seen_by_nginx(asked_by_browser(location)) == seen_by_nginx(asked));

    const std::string seen = seen_by_nginx(asked);
    HOLDS(valid == (seen != "/login" && seen != "/logout" &&
                    seen.compare(0, 10, "/register/") != 0));
}

} // namespace auth::fuzz
