#pragma once

#include "hash/phc_string.h"
#include "hash/stored_hash.h"

#include <string_view>

namespace auth {

/// Computes the tag of `tag_size` bytes from everything else that is set. The
/// cost must be within the cap. Throws std::runtime_error if there is no
/// memory.
///
/// It maps the working memory for this call and unmaps it. So the memory counts
/// only while a hash is computed, and core dumps leave it out.
void compute_argon2(std::string_view password, argon2_hash& hash);

/// Argon2 of every kind and version, as a PHC string (phc_string.h), of a cost
/// within the cap (hash_cost::within_cap()).
std::unique_ptr<const stored_hash> read_argon2(std::string_view text,
                                               hash_fault& fault);

/// Django's Argon2 hash, which is the same behind the word `argon2`.
std::unique_ptr<const stored_hash> read_django_argon2(std::string_view text,
                                                      hash_fault& fault);

} // namespace auth
