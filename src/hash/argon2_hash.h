#pragma once

#include "hash/phc_string.h"
#include "hash/stored_hash.h"

#include <string_view>

namespace auth {

/// Computes the tag of `tag.size` bytes from everything else that is set, with
/// the faster library that can (argon2_libraries.h). The cost must be within
/// the cap. Throws std::runtime_error if there is no memory. The working memory
/// counts only while the hash is computed.
void compute_argon2(std::string_view password, argon2_hash& hash);

/// Argon2 of every kind and version, as a PHC string (phc_string.h), of a cost
/// within the cap (hash_cost::within_cap()).
std::unique_ptr<const stored_hash> read_argon2(std::string_view text,
                                               hash_fault& fault);

/// Django's Argon2 hash, which is the same behind the word `argon2`.
std::unique_ptr<const stored_hash> read_django_argon2(std::string_view text,
                                                      hash_fault& fault);

} // namespace auth
