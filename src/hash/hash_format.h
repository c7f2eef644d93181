#pragma once

#include "hash/stored_hash.h"

#include <memory>
#include <string>
#include <string_view>

namespace auth {

/// What a stored password turned out to be.
struct hash_reading {
    /// Null where nobody can log in with it.
    std::unique_ptr<const stored_hash> hash;
    /// Where the hash is null, what the stored password is, to go on a
    /// sentence: "a hash of kind bcrypt whose cost is too high". It holds
    /// nothing of the password but its kind.
    std::string problem;
};

/// Takes a stored password apart, whatever it is. Throws std::bad_alloc.
hash_reading read_stored_hash(std::string_view stored);

} // namespace auth
