#pragma once

#include "base/secret.h"

#include <openssl/crypto.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace auth {

/// A stored password hash that can be checked, taken apart. Its cost is within
/// the caps. One thread uses it at a time.
class stored_hash
{
public:
    stored_hash() = default;
    stored_hash(const stored_hash&) = delete;
    stored_hash& operator=(const stored_hash&) = delete;
    virtual ~stored_hash() = default;

    /// Computes the hash of a password and compares. The time depends only on
    /// the kind, the cost and the size of the password. Throws
    /// std::runtime_error if a library cannot compute it.
    virtual bool matches(std::string_view password) const = 0;

    /// A hash that takes as long (blank_hash() in password_hash.h).
    virtual std::string blank() const = 0;
};

/// Why a stored hash cannot be checked.
enum class hash_fault {
    malformed, ///< no program of this kind writes it
    too_costly ///< its cost is over the cap
};

/// Takes a hash of a format apart. Returns null with the fault if it cannot be
/// checked. It asks for no more memory than the text has. The text begins as
/// the format does (hash_format.cpp).
using hash_reader = std::unique_ptr<const stored_hash> (*)(
    std::string_view text, hash_fault& fault);

/// The bytes of a hash, as stored or as computed. The destructor wipes them.
struct hash_bytes {
    hash_bytes() = default;
    hash_bytes(const hash_bytes&) = delete;
    hash_bytes& operator=(const hash_bytes&) = delete;
    ~hash_bytes() { wipe_memory(bytes.data(), bytes.size()); }

    /// Compares without stopping at the first difference.
    bool equals(const hash_bytes& other) const noexcept
    {
        return size == other.size &&
               CRYPTO_memcmp(bytes.data(), other.bytes.data(), size) == 0;
    }

    std::array<std::uint8_t, 64> bytes{};
    std::size_t size = 0;
};

} // namespace auth
