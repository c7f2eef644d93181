#pragma once

#include "base/wiped_string.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace auth {

/// How a cookie's name, and the promise that goes with it, is spelt.
enum class cookie_prefix { none, host, secure }; // "", "__Host-", "__Secure-"

/// The values of a cookie in one Cookie header value, in their order (RFC
/// 6265bis, server side: exact case, `;` only, nameless pairs are no cookie,
/// double quotes kept). A name comes more than once when cookies of other
/// paths or domains bear it, too; the order says nothing about which is whose.
class cookie_values
{
public:
    /// A view on both, which must stay where they are.
    cookie_values(std::string_view header, std::string_view name) noexcept
        : rest_(header), name_(name)
    {}

    /// Takes the next value; false when there is none left.
    bool next(std::string_view& value) noexcept
    {
        return !rest_.empty() && find_next(value);
    }

private:
    bool find_next(std::string_view& value) noexcept;

    std::string_view rest_;
    std::string_view name_;
};

/// A set of names (without prefix) that belong to us.
struct cookie_names {
    const std::string_view* names;
    std::size_t count;
};

/// Removes every cookie whose name is one of `ours`, as it stands or behind
/// `__Host-` or `__Secure-`, from a Cookie header value, in place; the other
/// cookies stay byte for byte. Returns the new length (0: nothing is left);
/// equal to `size` means that nothing was touched.
/// Names are compared without case, because nginx and some frameworks do.
std::size_t cut_cookies(char* header, std::size_t size,
                        const cookie_names& ours) noexcept;

/// A Set-Cookie header's value.
struct set_cookie {
    std::string_view name; ///< without prefix
    std::string_view value;
    std::string_view domain; ///< empty: host-only
    bool host_only = false;  ///< in spite of a domain, whose name it bears
    bool secure = false;     ///< adds Secure and the __Host- or __Secure- name
    bool strict = false;     ///< SameSite=Strict, else Lax
    long max_age = -1;       ///< seconds; -1: a session cookie, 0: expire it
};
wiped_string format_set_cookie(const set_cookie& cookie);

/// The full name: with its prefix when `secure`.
std::string cookie_full_name(std::string_view name, bool secure,
                             bool has_domain);

} // namespace auth
