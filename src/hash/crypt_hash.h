#pragma once

#include "hash/stored_hash.h"

#include <memory>
#include <string_view>

namespace auth {

// Hashes that libcrypt computes. A password with a NUL matches nothing;
// libcrypt would compare only what comes before the NUL.

/// bcrypt, 60 characters: `$2b$12$`, 22 digits of salt, 31 of the hash.
/// `$2a$` and `$2y$` are the same for UTF-8. `$2x$` is not accepted: a faulty
/// implementation has made such hashes. bcrypt reads only the first 72 bytes
/// of a password.
///
/// A cost over 15 is too costly (1.7 s; an Argon2id hash at the default cost
/// takes 20 ms).
std::unique_ptr<const stored_hash> read_bcrypt(std::string_view text,
                                               hash_fault& fault);

/// SHA-256 and SHA-512 crypt: `$5$SALT$HASH`, `$6$SALT$HASH`, or with
/// `rounds=N$` before the salt of up to 16 characters. A password of over 511
/// bytes matches nothing, because libcrypt refuses it.
///
/// More than 1,000,000 rounds are too costly (0.5 s; some seconds for the
/// longest passwords).
std::unique_ptr<const stored_hash> read_sha_crypt(std::string_view text,
                                                  hash_fault& fault);

/// yescrypt: `$y$j9T$SALT$HASH`, with the parameters that crypt_gensalt()
/// writes: flavour, N and r, one character each. The limit for passwords is as
/// above.
///
/// N times r over 2^21 is too costly (256 MiB, 0.7 s).
std::unique_ptr<const stored_hash> read_yescrypt(std::string_view text,
                                                 hash_fault& fault);

} // namespace auth
