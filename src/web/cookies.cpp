#include "web/cookies.h"

#include "web/url_encoding.h"

#include "base/ascii.h"

#include <algorithm>
#include <cstring>

namespace auth {

namespace {

constexpr std::string_view host_prefix = "__Host-";
constexpr std::string_view secure_prefix = "__Secure-";

bool is_ows(char c) noexcept
{
    return c == ' ' || c == '\t';
}

/// The end of the cookie that begins at `p`: the next `;` or `end`. Commas,
/// quotes and `$Version` belong to RFC 2965 and do not separate cookies.
const char* cookie_end(const char* p, const char* end) noexcept
{
    const auto* found = static_cast<const char*>(
        std::memchr(p, ';', static_cast<std::size_t>(end - p)));
    return found != nullptr ? found : end;
}

bool starts_with_ignoring_case(std::string_view text,
                               std::string_view prefix) noexcept
{
    return text.size() >= prefix.size() &&
           equal_ignoring_case(text.substr(0, prefix.size()), prefix);
}

/// Whether the most careless program could read a name of `ours` from a cookie:
/// it strips blanks around the name, and skips an empty name before the first
/// `=` (CVE-2023-23934).
bool is_ours(const char* begin, const char* end,
             const cookie_names& ours) noexcept
{
    while (begin < end && (is_ows(*begin) || *begin == '=')) {
        ++begin;
    }
    if (begin == end || !ours.may_begin_with(*begin)) {
        return false;
    }

    const auto* equals = static_cast<const char*>(
        std::memchr(begin, '=', static_cast<std::size_t>(end - begin)));
    if (equals == nullptr) {
        return false; // a value without a name
    }

    while (equals > begin && is_ows(equals[-1])) {
        equals--;
    }
    return ours.has({begin, static_cast<std::size_t>(equals - begin)});
}

/// Takes separators off both ends of the rest.
std::size_t trim_separators(char* header, std::size_t size) noexcept
{
    const auto is_separator = [](char c) { return c == ';' || is_ows(c); };

    while (size > 0 && is_separator(header[size - 1])) {
        size--;
    }
    std::size_t start = 0;
    while (start < size && is_separator(header[start])) {
        ++start;
    }

    if (start != 0) {
        std::memmove(header, header + start, size - start);
    }
    return size - start;
}

} // namespace

void cookie_names::add(std::string_view name)
{
    names_.push_back(name);
    if (!name.empty()) {
        first_bytes_ |= bit_of(name[0]);
    }
}

bool cookie_names::has(std::string_view name) const noexcept
{
    if (name.size() > 1 && name[0] == '_' && name[1] == '_') {
        if (starts_with_ignoring_case(name, host_prefix)) {
            name.remove_prefix(host_prefix.size());
        } else if (starts_with_ignoring_case(name, secure_prefix)) {
            name.remove_prefix(secure_prefix.size());
        }
    }
    return std::any_of(names_.begin(), names_.end(), [&](auto own) {
        // First the usual spelling, which takes one memcmp().
        return name.size() == own.size() &&
               (name == own || equal_ignoring_case(name, own));
    });
}

bool cookie_values::find_next(std::string_view& value) noexcept
{
    const char* p = rest_.data();
    const char* const end = p + rest_.size();

    while (p < end) {
        while (p < end && is_ows(*p)) {
            ++p;
        }

        // The name is compared in place, so that another program's cookie costs
        // one memcmp() and one memchr().
        const char* const stop = cookie_end(p, end);
        const auto size = static_cast<std::size_t>(stop - p);
        const char* const after = stop < end ? stop + 1 : end;
        if (size > name_.size() && p[name_.size()] == '=' && !name_.empty() &&
            std::memcmp(p, name_.data(), name_.size()) == 0) {
            const char* const first = p + name_.size() + 1;
            const char* last = stop;
            while (last > first && is_ows(last[-1])) {
                last--;
            }
            value = {first, static_cast<std::size_t>(last - first)};
            rest_ = {after, static_cast<std::size_t>(end - after)};
            return true;
        }
        p = after;
    }

    rest_ = {};
    return false;
}

cookie_range find_cookies(std::string_view header,
                          const cookie_names& names) noexcept
{
    const char* const begin = header.data();
    const char* const end = begin + header.size();
    cookie_range found;
    for (const char* p = begin; p < end;) {
        const char* const stop = cookie_end(p, end);
        if (is_ours(p, stop, names)) {
            if (found.empty()) {
                found.begin = static_cast<std::size_t>(p - begin);
            }
            found.end = static_cast<std::size_t>(stop - begin);
        } else if (!found.empty()) {
            break;
        }
        p = stop < end ? stop + 1 : end;
    }
    return found;
}

std::size_t cut_cookies(char* header, std::size_t size, cookie_range found,
                        const cookie_names& ours) noexcept
{
    const char* const end = header + size;
    char* out = header + found.begin;
    const char* p = header + found.end;
    p += p < end ? 1 : 0; // the separator goes with the cookie
    while (p < end) {
        const char* stop = cookie_end(p, end);
        const bool remove = is_ours(p, stop, ours);
        stop += stop < end ? 1 : 0;

        const auto length = static_cast<std::size_t>(stop - p);
        if (!remove) {
            std::memmove(out, p, length);
            out += length;
        }
        p = stop;
    }
    return trim_separators(header, static_cast<std::size_t>(out - header));
}

wiped_string format_set_cookie(const set_cookie& cookie)
{
    wiped_string text(
        cookie_full_name(cookie.name, cookie.secure, !cookie.domain.empty()));
    text += '=';
    text += cookie.value;
    text += "; Path=/";

    if (!cookie.domain.empty() && !cookie.host_only) {
        text += "; Domain=";
        text += cookie.domain;
    }
    if (cookie.max_age >= 0) {
        text += "; Max-Age=";
        text += std::to_string(cookie.max_age);
    }
    if (cookie.max_age == 0) { // some clients do not know Max-Age (RFC 2109)
        text += "; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
    }
    if (cookie.secure) {
        text += "; Secure";
    }
    text += "; HttpOnly; SameSite=";
    text += cookie.strict ? "Strict" : "Lax";
    return text;
}

std::string cookie_full_name(std::string_view name, bool secure,
                             bool has_domain)
{
    std::string full;
    if (secure) {
        full = has_domain ? secure_prefix : host_prefix;
    }
    full += name;
    return full;
}

} // namespace auth
