#include "web/form_redirect.h"

#include "web/request_origin.h"
#include "web/return_url.h"
#include "web/url_encoding.h"

#include <algorithm>

namespace auth {

namespace {

bool is_control(char c) noexcept
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// As in an http URL: browsers take a backslash for a slash.
bool is_slash(char c) noexcept
{
    return c == '/' || c == '\\';
}

std::string_view trim_spaces(std::string_view text) noexcept
{
    const std::size_t first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(' ') + 1 - first);
}

/// Takes `scheme:` off the front of a URL and returns it in small letters
/// without the colon; empty if the URL has none.
std::string take_scheme(std::string_view& url)
{
    std::string scheme;

    for (std::size_t i = 0; i < url.size(); i++) {
        const char c = ascii_lower(url[i]);
        const bool letter = c >= 'a' && c <= 'z';
        if (c == ':' && i > 0) {
            url.remove_prefix(i + 1);
            return scheme;
        }
        if (!letter && (i == 0 || ((c < '0' || c > '9') && c != '+' &&
                                   c != '-' && c != '.'))) {
            break;
        }
        scheme += c;
    }

    return {};
}

/// Whether URLs of this scheme are, or may run as, a page of their own.
bool is_document_scheme(std::string_view scheme)
{
    static constexpr std::string_view known[] = {
        "about", "blob",       "data",     "file",       "filesystem",
        "jar",   "javascript", "vbscript", "view-source"};
    return std::find(std::begin(known), std::end(known), scheme) !=
           std::end(known);
}

/// An origin as text: scheme, and what the URL has behind it up to its path.
/// Empty if it is none that we know how to spell.
std::string origin_of(std::string_view scheme, std::string_view authority)
{
    const std::size_t end =
        std::min(authority.find_first_of("/\\?#"), authority.size());
    authority = authority.substr(0, end);
    const std::size_t at = authority.rfind('@');
    if (at != std::string_view::npos) {
        authority.remove_prefix(at + 1);
    }

    return parse_origin(std::string(scheme) + "://" + std::string(authority))
        .value_or(std::string());
}

/// Whether `to` is `from` with https in place of http.
bool is_upgrade(std::string_view from, std::string_view to)
{
    return from.substr(0, 5) == "http:" && to.substr(0, 6) == "https:" &&
           from.substr(4) == to.substr(5);
}

} // namespace

bool has_path_of(std::string_view url,
                 const std::vector<std::string_view>& paths)
{
    const std::size_t scheme = url.find("://");
    const std::size_t path =
        scheme != std::string_view::npos ? url.find('/', scheme + 3) : scheme;

    return path != std::string_view::npos &&
           std::any_of(paths.begin(), paths.end(), [&](std::string_view one) {
               return is_same_path(url.substr(path), one);
           });
}

bool leaves_form_origin(std::string_view location, std::string_view page)
{
    if (std::any_of(location.begin(), location.end(), is_control)) {
        return false;
    }

    const std::string own_scheme = take_scheme(page);
    if ((own_scheme != "http" && own_scheme != "https") ||
        page.substr(0, 2) != "//") {
        return false;
    }
    const std::string own = origin_of(own_scheme, page.substr(2));

    std::string_view rest = trim_spaces(location);
    std::string scheme = take_scheme(rest);
    const bool is_web = scheme == "http" || scheme == "https";
    if (!scheme.empty() && !is_web) {
        return !is_document_scheme(scheme);
    }

    std::size_t slashes = 0;
    while (slashes < rest.size() && is_slash(rest[slashes])) {
        slashes++;
    }
    // `https:path` on a page that is https is relative, and so is `/path`.
    if (slashes < 2 && (scheme.empty() || scheme == own_scheme)) {
        return false;
    }

    const std::string other =
        origin_of(scheme.empty() ? own_scheme : scheme, rest.substr(slashes));
    // What cannot be parsed is not ours: a host in other letters, say.
    return other.empty() || (other != own && !is_upgrade(own, other));
}

std::string refresh_to(std::string_view location)
{
    constexpr char digits[] = "0123456789ABCDEF";
    std::string value = "0;url=";

    for (const char c : trim_spaces(location)) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80) {
            value += c;
        } else {
            value += '%';
            value += digits[byte >> 4];
            value += digits[byte & 15];
        }
    }

    return value;
}

} // namespace auth
