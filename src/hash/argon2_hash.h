#pragma once

#include "hash/phc_string.h"
#include "hash/stored_hash.h"

#include <string_view>

namespace auth {

/// Computes the tag of `tag_size` bytes for everything else that is set; the
/// cost has to be within the cap. Throws std::runtime_error when memory cannot
/// be had.
///
/// The working memory is mapped for this one call and unmapped, so it counts
/// only while a hash is computed, and core dumps leave it out.
void compute_argon2(std::string_view password, argon2_hash& hash);

/// Argon2 of every kind and version, as a PHC string (phc_string.h), of a cost
/// within the cap (hash_cost::within_cap()).
std::unique_ptr<const stored_hash> read_argon2(std::string_view text,
                                               hash_fault& fault);

/// Django's, which is the same behind the word `argon2`.
std::unique_ptr<const stored_hash> read_django_argon2(std::string_view text,
                                                      hash_fault& fault);

} // namespace auth
