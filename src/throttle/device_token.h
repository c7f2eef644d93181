#pragma once

#include "attempt_table.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace auth {

// The value of the cookie NAME_device: which users have logged in with this
// browser. It gives no rights; attempts of a user that it vouches for are
// counted apart from everybody else's (attempt_table.h).
//
//     value  = 1 to 5 entries, the latest first, without separators
//     entry  = 43 characters: base64url, without padding, of nonce and tag
//     nonce  = the first 16 bytes of HMAC-SHA-256(secret, "auth device n", the
//              length of the realm's name as below, the name, the network
//              (address_prefix.h) as eight bytes, the user's folded name)
//     tag    = the first 16 bytes of HMAC-SHA-256(secret, message)
//     message = "auth device 2", nonce, `S` for a Secure cookie, else `P`, the
//               length of the realm's name as four bytes (most significant
//               first), the name, the user's name as typed: stored names may
//               differ in capitals only and be two people's, of whom the
//               other's browser knows nothing
//
// A user has one nonce, and so one count of attempts, in each network, however
// many logins there were: else whoever knew a password once could have put by
// any number of entries, each good for guesses at the next one.
//
// No user can be read from it: an entry is a user's if its tag is that of the
// user's name, which takes the secret to tell. Entries of other realms on the
// same host look like any other user's and are kept as well as those.

using device_secret = std::array<std::uint8_t, 32>;

/// Whose devices these are.
struct device_realm {
    std::string_view name;
    const device_secret* secrets; ///< the first signs, all verify
    std::size_t count;            ///< of secrets, at least one
};

/// Who has logged in.
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

/// What a browser has sent. A cookie comes more than once if another one of
/// its name has another domain or path; all are good.
struct device_cookies {
    static constexpr std::size_t most = 4;

    /// Adds a value (anything at all). One with a length that no value has,
    /// and a fifth one, are left out.
    void add(std::string_view value) noexcept;

    bool secure;                            ///< the kind of cookie
    std::array<std::string_view, most> all; ///< values that may be genuine
    std::size_t count = 0;
};

/// Whether one of the cookies vouches for the user, and under which name its
/// attempts are counted. Takes as long for every user: all entries are tried
/// under all secrets.
bool find_device(const device_realm& realm, std::string_view name,
                 const device_cookies& sent, device_key& device) noexcept;

/// What the cookie is to be after the user has logged in: an entry of the user
/// in front, then the others' in their order, each once, at most five in all.
/// What is no entry is dropped. False when OpenSSL has no memory; then the
/// browser keeps what it has.
bool renew_device(const device_realm& realm, const device_user& user,
                  const device_cookies& sent, device_token& renewed) noexcept;

} // namespace auth
