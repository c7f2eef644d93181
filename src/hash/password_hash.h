#pragma once

#include "base/secret.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace auth {

/// The cost of an Argon2id hash (RFC 9106): memory in KiB, passes, lanes. The
/// lanes are computed one after the other, in the calling thread, so that a
/// hash never takes more than one processor.
struct hash_cost {
    std::uint32_t memory_kib = 19 * 1024;
    std::uint32_t time = 2;
    std::uint32_t lanes = 1;

    /// Whether the cost is at or above one of OWASP's pairs (46 MiB/1,
    /// 19 MiB/2, 12 MiB/3, 9 MiB/4, 7 MiB/5).
    bool meets_floor() const noexcept;

    /// Whether the module makes and checks hashes of this cost: at most 1 GiB,
    /// 16 passes, 16 lanes, and at least 8 KiB for each lane. A configured cost
    /// must be within the cap, or its hashes would be unusable.
    bool within_cap() const noexcept;
};

/// Hashes a password into a PHC string, with a new random salt of 16 bytes and
/// a tag of 32 bytes. Throws std::runtime_error if there is no memory, if the
/// kernel gives no random bytes, or if the cost is not within the cap.
secret hash_password(std::string_view password, const hash_cost& cost);

enum class verdict {
    match,
    mismatch,
    unusable ///< no hash that the module can check, or its cost is over the cap
};

/// Compares a password with a stored hash of any kind that hash_format.cpp
/// lists: Argon2, Werkzeug's scrypt and PBKDF2, passlib's and Django's PBKDF2,
/// bcrypt, SHA-2 crypt, yescrypt, and what htpasswd makes.
///
/// The time that it takes depends only on the stored kind and cost. It compares
/// the stored parameters with the caps before it asks for memory. Throws
/// std::runtime_error if there is no memory.
verdict verify_password(std::string_view password, std::string_view stored);

/// Why verify_password() says unusable, as the end of a sentence: "a hash of
/// kind bcrypt whose cost is too high", "a hash of kind MD5 crypt, which is not
/// supported", "empty". It holds nothing of the password except its kind. It is
/// empty if the hash can be checked. Computes no hash.
std::string why_unusable(std::string_view stored);

/// A hash of the kind and cost of a stored hash, with another salt and tag. It
/// takes as long to check, and nobody knows a password for it. Two stored
/// hashes that take equally long give the same result. It is empty if
/// verify_password() says unusable. Computes no hash.
std::string blank_hash(std::string_view stored);

/// Whether a login should replace a stored hash by a hash of this cost: its
/// memory × time is less, or it is no Argon2id hash of version 1.3.
bool needs_rehash(std::string_view stored, const hash_cost& wanted) noexcept;

/// The cost of the new hash: `wanted`, or the cost of the stored hash if that
/// is an Argon2 hash of another kind with more work. No rehash goes downwards.
hash_cost rehash_cost(std::string_view stored,
                      const hash_cost& wanted) noexcept;

} // namespace auth
