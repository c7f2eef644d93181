#pragma once

#include "hash/stored_hash.h"

#include <memory>
#include <string>
#include <string_view>

namespace auth {

/// A stored password, taken apart.
struct hash_reading {
    /// Null if nobody can log in with it.
    std::unique_ptr<const stored_hash> hash;
    /// If the hash is null: why, as the end of a sentence: "a hash of kind
    /// bcrypt whose cost is too high". It holds nothing of the password except
    /// its kind.
    std::string problem;
};

/// Takes a stored password of any kind apart. Throws std::bad_alloc.
hash_reading read_stored_hash(std::string_view stored);

} // namespace auth
