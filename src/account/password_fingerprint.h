#pragma once

#include "store/user_store.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace auth {

/// What tells a user's password from the one before: 64 bits that stay the
/// same while the password is only hashed anew, and change when another one
/// is set, by whatever program. Sessions remember it, to end when it changes.
///
/// It is a part of SHA-256 of the stored hash. A rehash notes in field
/// `password_origin` which fingerprint the user had, and which hash that note
/// is about: `ORIGIN:FINGERPRINT_OF_THE_HASH`. So the note means nothing, and
/// needs no care, once another program has written another hash beside it.
///
/// A program other than this module that only hashes the same password anew
/// changes the fingerprint.
std::uint64_t password_fingerprint(const stored_user& user);

/// The fingerprint of a password that was just set and has this hash.
std::uint64_t password_fingerprint(std::string_view new_hash);

/// The field `password_origin`, to be stored with a new hash of the same
/// password.
std::string origin_of_rehash(const stored_user& user,
                             std::string_view new_hash);

} // namespace auth
