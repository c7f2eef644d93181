#pragma once

#include "hash/stored_hash.h"

#include <memory>
#include <string_view>

namespace auth {

// Hashes that Apache's htpasswd writes, besides bcrypt and SHA-2 crypt, and
// nginx's auth_basic takes. All of them cost next to nothing.
//
// apr1 is computed here with libcrypto's MD5. libcrypt does not know it.
// apr-util needs four more libraries. nginx's ngx_crypt() needs nginx's pools
// and logs, which neither ngx-auth-admin nor the tests of this room have.

/// `$apr1$SALT$HASH`: 1,000 rounds of MD5, a salt of up to 8 characters.
/// A password with a NUL matches nothing.
std::unique_ptr<const stored_hash> read_apr1(std::string_view text,
                                             hash_fault& fault);

/// `{SHA}BASE64` and `{SSHA}BASE64`: SHA-1 of the password. The second has a
/// salt of 1 to 64 bytes behind the digest.
std::unique_ptr<const stored_hash> read_salted_sha1(std::string_view text,
                                                    hash_fault& fault);

} // namespace auth
