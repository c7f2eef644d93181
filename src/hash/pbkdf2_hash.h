#pragma once

#include "hash/stored_hash.h"

#include <memory>
#include <string_view>

namespace auth {

// PBKDF2 (RFC 8018) as several programs write it, with any digest that OpenSSL
// has, and a key as long as the digest.
//
// More than 5,000,000 iterations of MD5, SHA-1 or SHA-2 are too costly (1.3 s
// with SHA-256; an Argon2id hash at the default cost takes 20 ms), and so are
// more than 1,000,000 iterations of slower digests.

/// Werkzeug's generate_password_hash():
///
///     pbkdf2:sha256:1000000$SALT$64 hexadecimal digits
///     pbkdf2:sha256$SALT$…, pbkdf2$SALT$…
///
/// If a hash has no count, check_password_hash() takes the default count of its
/// release. So the module tries the default of each release, and always all of
/// them: 2,061,000 iterations.
std::unique_ptr<const stored_hash> read_werkzeug_pbkdf2(std::string_view text,
                                                        hash_fault& fault);

/// Django's `pbkdf2_sha256$COUNT$SALT$BASE64`, or `pbkdf2_sha1$…`.
std::unique_ptr<const stored_hash> read_django_pbkdf2(std::string_view text,
                                                      hash_fault& fault);

/// passlib's `$pbkdf2-sha256$COUNT$SALT$KEY`, or `$pbkdf2$…`, which is SHA-1:
/// base64 without padding, with `.` in the place of `+`.
std::unique_ptr<const stored_hash> read_passlib_pbkdf2(std::string_view text,
                                                       hash_fault& fault);

} // namespace auth
