#pragma once

#include "throttle/attempt_table.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace auth {

// The value of the cookie NAME_device, which tells the users that have logged
// in with this browser. It gives no rights. The attempts of such a user from
// such a browser are counted apart from all others (attempt_table.h).
//
//     value  = 1 to 5 entries, the latest first, without separators
//     entry  = 43 characters: base64url, without padding, of nonce and tag
//     nonce  = the first 16 bytes of HMAC-SHA-256(secret, "auth device n", the
//              length of the realm's name as below, the name, the network
//              (address_prefix.h) as eight bytes, the user's folded name)
//     tag    = the first 16 bytes of HMAC-SHA-256(secret, message)
//     message = "auth device 2", nonce, `S` for a Secure cookie, else `P`, the
//               length of the realm's name as four bytes (most significant
//               first), the name, the user's name as typed: two people may
//               have stored names that differ in capitals only
//
// A user has one nonce, and so one count of attempts, in each network, however
// many logins there were. Otherwise somebody who once knew a password could
// collect any number of entries, and guess the next password with each of them.
//
// Nobody can read users from the value: it takes the secret to tell whether the
// tag of an entry is that of a user's name. Entries of other realms on the same
// host look like those of other users, and are kept in the same way.

using device_secret = std::array<std::uint8_t, 32>;

/// The realm that makes and reads the cookie.
struct device_realm {
    std::string_view name;
    const device_secret* secrets; ///< the first signs, all verify
    std::size_t count;            ///< of secrets, at least one
};

/// The user who has logged in.
struct device_user {
    std::string_view name;        ///< as typed
    std::string_view folded_name; ///< as folded for comparing
    std::uint64_t prefix;         ///< of the address (address_prefix.h)
};

constexpr std::size_t device_users = 5;
constexpr std::size_t device_entry_size = 43;

/// A cookie value.
struct device_token {
    std::array<char, device_users * device_entry_size> bytes;
    std::size_t size;

    std::string_view view() const noexcept { return {bytes.data(), size}; }
};

/// What a browser has sent. It sends the cookie several times if cookies of
/// this name have different domains or paths; each of them is good.
struct device_cookies {
    static constexpr std::size_t most = 4;

    /// Adds a value, which may be any text. It leaves out a value with a length
    /// that no cookie has, and every value after the fourth.
    void add(std::string_view value) noexcept;

    bool secure;                            ///< the kind of cookie
    std::array<std::string_view, most> all; ///< values that may be genuine
    std::size_t count = 0;
};

/// Whether one of the cookies belongs to the user, and the name under which the
/// attempts of that device are counted. It takes the same time for every user,
/// because it tries all entries under all secrets.
bool find_device(const device_realm& realm, std::string_view name,
                 const device_cookies& sent, device_key& device) noexcept;

/// The cookie after the user has logged in: first an entry of this user, then
/// those of the other users in their order, each once, at most five in all. It
/// drops whatever is no entry. Returns false if OpenSSL has no memory; the
/// browser then keeps its cookie.
bool renew_device(const device_realm& realm, const device_user& user,
                  const device_cookies& sent, device_token& renewed) noexcept;

} // namespace auth
