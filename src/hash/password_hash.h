#pragma once

#include "base/secret.h"

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
secret hash_password(std::string_view password, const hash_cost& cost);

enum class verdict {
    match,
    mismatch,
    unusable ///< not a hash we can check, or one whose cost is over the cap
};

/// Compares a password with a stored hash of any kind that hash_format.cpp
/// lists: Argon2, Werkzeug's scrypt and PBKDF2, passlib's and Django's PBKDF2,
/// bcrypt, SHA-2 crypt, yescrypt, and what htpasswd makes.
///
/// How long it takes depends on the stored kind and cost alone. The stored
/// parameters are held against the caps before any memory is asked for.
/// Throws std::runtime_error when memory cannot be had.
verdict verify_password(std::string_view password, std::string_view stored);

/// Where verify_password() says unusable, what the stored password is, to go on
/// a sentence: "a hash of kind bcrypt whose cost is too high", "a hash of kind
/// MD5 crypt, which is not supported", "empty". It holds nothing of the
/// password but its kind. Empty where it can be checked. Computes nothing.
std::string why_unusable(std::string_view stored);

/// A hash of the kind and cost of a stored one, with another salt and tag: it
/// takes as long to check, and no password is known to match it. Two stored
/// hashes that take equally long give the same. Empty where verify_password()
/// says unusable. Computes nothing.
std::string blank_hash(std::string_view stored);

/// Whether a stored hash should be made anew at this cost: memory × time is
/// less, or it is no Argon2id hash of version 1.3.
bool needs_rehash(std::string_view stored, const hash_cost& wanted) noexcept;

/// The cost at which to make it anew: the wanted one, or that of a stored
/// Argon2 hash of another kind that is more work, because no rehash goes
/// downwards.
hash_cost rehash_cost(std::string_view stored,
                      const hash_cost& wanted) noexcept;

} // namespace auth
