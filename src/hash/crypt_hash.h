#pragma once

#include "hash/stored_hash.h"

#include <memory>
#include <string_view>

namespace auth {

// What libcrypt computes. A password with a NUL matches nothing, instead of
// what stands before it.

/// bcrypt, 60 characters: `$2b$12$`, 22 digits of salt, 31 of the hash; or
/// `$2a$`, `$2y$`, which are the same for UTF-8. (Not `$2x$`, the hashes of a
/// bug.) As everywhere, it looks at the first 72 bytes of a password only.
///
/// Too costly is over 15 (1.7 s where an Argon2id hash at the default cost
/// takes 20 ms).
std::unique_ptr<const stored_hash> read_bcrypt(std::string_view text,
                                               hash_fault& fault);

/// SHA-256 and SHA-512 crypt: `$5$SALT$HASH`, `$6$SALT$HASH`, or with
/// `rounds=N$` before the salt of up to 16 characters. A password of over 511
/// bytes, which libcrypt refuses, matches nothing.
///
/// Too costly are over 1,000,000 rounds (0.5 s; some seconds for the longest
/// passwords).
std::unique_ptr<const stored_hash> read_sha_crypt(std::string_view text,
                                                  hash_fault& fault);

/// yescrypt: `$y$j9T$SALT$HASH`, with the parameters that crypt_gensalt()
/// writes: flavour, N and r, one character each. Passwords as above.
///
/// Too costly is N times r over 2^21 (256 MiB, 0.7 s).
std::unique_ptr<const stored_hash> read_yescrypt(std::string_view text,
                                                 hash_fault& fault);

} // namespace auth
