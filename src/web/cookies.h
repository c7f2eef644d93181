#pragma once

#include "base/wiped_string.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// The values of a cookie in one Cookie header, in their order (RFC 6265bis,
/// server side: exact case, `;` only, nameless pairs are no cookie, double
/// quotes are kept). A name comes more than once if cookies of other paths or
/// domains have it, too. Their order does not say where each of them comes
/// from.
class cookie_values
{
public:
    /// Keeps a view on both texts, which must outlive this object.
    cookie_values(std::string_view header, std::string_view name) noexcept
        : rest_(header), name_(name)
    {}

    /// Takes the next value. Returns false if none is left.
    bool next(std::string_view& value) noexcept
    {
        return !rest_.empty() && find_next(value);
    }

private:
    bool find_next(std::string_view& value) noexcept;

    std::string_view rest_;
    std::string_view name_;
};

/// The names of the module's own cookies, without prefix. A cookie has one of
/// them if its name is that name, or that name behind `__Host-` or `__Secure-`.
/// The case is ignored, because nginx and some frameworks ignore it.
class cookie_names
{
public:
    /// Keeps a view on the name, which must outlive this object.
    void add(std::string_view name);

    const std::vector<std::string_view>& all() const noexcept { return names_; }

    bool has(std::string_view name) const noexcept;

    /// False for most bytes with which no name of this kind begins, so that the
    /// cookies of other programs cost little.
    bool may_begin_with(char c) const noexcept
    {
        return (first_bytes_ & bit_of(c)) != 0;
    }

private:
    /// The same bit for a capital and its small letter.
    static std::uint32_t bit_of(char c) noexcept
    {
        return std::uint32_t{1} << (static_cast<unsigned char>(c) % 32);
    }

    std::vector<std::string_view> names_;
    std::uint32_t first_bytes_ = bit_of('_'); ///< of the prefixes
};

/// Cookies that follow each other in a Cookie header, from the first byte
/// behind a `;` (or the first of all) to the next `;`.
struct cookie_range {
    std::size_t begin = 0;
    std::size_t end = 0;

    bool empty() const noexcept { return begin == end; }
};

/// The first cookie with one of the names, and those behind it up to the first
/// cookie with another name.
cookie_range find_cookies(std::string_view header,
                          const cookie_names& names) noexcept;

/// Removes the cookies with one of the names from a Cookie header, in place.
/// `found` is what find_cookies() has found. All other cookies stay byte for
/// byte. Returns the new length: 0 if nothing is left.
std::size_t cut_cookies(char* header, std::size_t size, cookie_range found,
                        const cookie_names& ours) noexcept;

/// The value of a Set-Cookie header.
struct set_cookie {
    std::string_view name; ///< without prefix
    std::string_view value;
    std::string_view domain; ///< empty: host-only
    bool host_only = false;  ///< no Domain, but the name of one with a domain
    bool secure = false;     ///< adds Secure and the __Host- or __Secure- name
    bool strict = false;     ///< SameSite=Strict, else Lax
    long max_age = -1;       ///< seconds; -1: a session cookie, 0: expire it
};
wiped_string format_set_cookie(const set_cookie& cookie);

/// The full name of a cookie, with its prefix if it is `secure`.
std::string cookie_full_name(std::string_view name, bool secure,
                             bool has_domain);

} // namespace auth
