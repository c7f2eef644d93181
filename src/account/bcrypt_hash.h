#pragma once

#include "password_hash.h"

#include <string>
#include <string_view>

namespace auth {

/// Checks a password against a bcrypt hash of 60 characters:
/// `$2b$12$`, 22 digits of salt, 31 of the hash; or `$2a$`, `$2y$`, which
/// are the same for UTF-8. (Not `$2x$`, the hashes of a bug.)
///
/// As everywhere, bcrypt looks at the first 72 bytes only; unlike elsewhere a
/// password with a NUL matches nothing, instead of what stands before it.
/// A cost over 15 is unusable (15 is 1.7 s where an Argon2id hash at the
/// default cost takes 20 ms).
///
/// Throws std::runtime_error when libcrypt cannot compute it.
verdict verify_bcrypt(std::string_view password, std::string_view stored);

/// blank_hash() of a bcrypt hash.
std::string blank_bcrypt(std::string_view stored);

} // namespace auth
