#pragma once

#include "password_hash.h"

#include <string>
#include <string_view>

namespace auth {

/// Checks a password against what Werkzeug's generate_password_hash() makes
/// since its release 0.9 (it never leaves the parameters out):
///
///     scrypt:32768:8:1$SALT$128 hexadecimal digits
///     pbkdf2:sha256:1000000$SALT$64 digits      (or sha1, sha512)
///
/// Not those from before, salted HMACs and plain text. The salt is the text's
/// own bytes: 1 to 128 of printable ASCII.
///
/// Unusable is also what costs too much, several times what is recommended
/// anywhere: scrypt of N times r times p over 2^21, r over 32 or p over 16
/// (256 MiB; 0.8 s where an Argon2id hash at the default cost takes 20 ms),
/// PBKDF2 of over 5,000,000 iterations (1.3 s, with sha512 3.1 s).
///
/// Throws std::runtime_error when memory cannot be had.
verdict verify_werkzeug(std::string_view password, std::string_view stored);

/// blank_hash() of one of these.
std::string blank_werkzeug(std::string_view stored);

} // namespace auth
