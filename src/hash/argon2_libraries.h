#pragma once

#include "hash/phc_string.h"

#include <string_view>

namespace auth {

// The two libraries that compute Argon2. They give the same tags. libsodium
// takes half the time, and cannot express every hash.
//
// A function here computes the tag of `tag.size` bytes from everything else
// that is set. The cost must be within the cap. It throws std::runtime_error if
// there is no memory. It maps the working memory for the call and unmaps it, so
// the memory counts only while a hash is computed. All functions may be called
// in several threads at once.

/// Whether libsodium can express the hash: Argon2id of version 1.3 with one
/// lane, a salt of exactly 16 bytes, and a tag of at least 16 bytes.
bool libsodium_can_express(const argon2_hash& hash) noexcept;

/// Only for a hash that libsodium can express.
void compute_with_libsodium(std::string_view password, argon2_hash& hash);

/// For every hash: libargon2 is the reference implementation.
void compute_with_libargon2(std::string_view password, argon2_hash& hash);

} // namespace auth
