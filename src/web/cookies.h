#pragma once

#include "base/wiped_string.h"

#include <cstddef>
#include <string>
#include <string_view>

namespace auth {

/// The prefix of a cookie's name, which promises how the cookie was set.
enum class cookie_prefix { none, host, secure }; // "", "__Host-", "__Secure-"

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

/// The names of the module's own cookies, without prefix.
struct cookie_names {
    const std::string_view* names;
    std::size_t count;
};

/// Removes the cookies with a name of `ours`, also behind `__Host-` or
/// `__Secure-`, from a Cookie header, in place. All other cookies stay byte for
/// byte. Returns the new length: 0 if nothing is left, `size` if nothing was
/// changed. It ignores the case of names, because nginx and some frameworks do.
std::size_t cut_cookies(char* header, std::size_t size,
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
