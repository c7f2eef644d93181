#pragma once

#include "store/secret.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace auth {

/// Cost of an Argon2id hash (RFC 9106): memory in KiB, passes, lanes.
///
/// Lanes are computed one after the other, in the calling thread, so that a
/// hash never takes more than one processor.
struct hash_cost {
    std::uint32_t memory_kib = 19 * 1024;
    std::uint32_t time = 2;
    std::uint32_t lanes = 1;

    /// Whether the cost is at or above one of OWASP's pairs (46 MiB/1,
    /// 19 MiB/2, 12 MiB/3, 9 MiB/4, 7 MiB/5).
    bool meets_floor() const noexcept;

    /// Whether a hash of this cost can be made and checked here: at most
    /// 1 GiB, 16 passes, 16 lanes, and 8 KiB or more for each lane. A
    /// configured cost has to be, or its hashes would be unusable.
    bool within_cap() const noexcept;
};

/// Hashes a password into a PHC string with a fresh random salt of 16 bytes
/// and a tag of 32. Throws std::runtime_error when memory or random bytes
/// cannot be had, or the cost is not within the cap.
///
/// The working memory is mapped for this one call and unmapped, so it counts
/// only while a hash is computed, and core dumps leave it out.
secret hash_password(std::string_view password, const hash_cost& cost);

enum class verdict {
    match,
    mismatch,
    unusable ///< not a hash we can check, or one whose cost is over the cap
};

/// Compares a password with a stored hash: Argon2id or Argon2i, version 1.3;
/// what Werkzeug makes (werkzeug_hash.h); bcrypt (bcrypt_hash.h).
///
/// How long it takes depends on the stored kind and cost alone. The stored
/// parameters are held against the caps before any memory is asked for.
/// Throws std::runtime_error when memory cannot be had.
verdict verify_password(std::string_view password, std::string_view stored);

/// A hash of the kind and cost of a stored one, with another salt and tag: it
/// takes as long to check, and no password is known to match it. Two stored
/// hashes that take equally long give the same. Empty where verify_password()
/// says unusable. Computes nothing.
std::string blank_hash(std::string_view stored);

/// Whether a stored hash should be made anew at this cost: memory × time is
/// less, or it is no Argon2 hash. Never true for one that is as strong.
bool needs_rehash(std::string_view stored, const hash_cost& wanted) noexcept;

} // namespace auth
