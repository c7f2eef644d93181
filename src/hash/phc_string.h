#pragma once

#include "hash/password_hash.h"
#include "hash/stored_hash.h"

#include "base/secret.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace auth {

/// An Argon2 hash (RFC 9106), taken apart. The defaults are those of new
/// hashes.
struct argon2_hash {
    enum class variant { argon2d, argon2i, argon2id };

    static constexpr std::uint32_t version_1_0 = 0x10;
    static constexpr std::uint32_t version_1_3 = 0x13;
    static constexpr std::size_t min_bytes = 8;
    static constexpr std::size_t max_bytes = 64;
    // Of new hashes.
    static constexpr std::size_t new_salt_size = 16;
    static constexpr std::size_t new_tag_size = 32;

    /// Whether this module makes hashes of this kind and version, at any cost.
    bool is_of_new_kind() const noexcept
    {
        return kind == variant::argon2id && version == version_1_3;
    }

    variant kind = variant::argon2id;
    std::uint32_t version = version_1_3;
    hash_cost cost;
    std::array<std::uint8_t, max_bytes> salt{};
    std::size_t salt_size = 0;
    hash_bytes tag;
};

/// Parses `$argon2id$v=19$m=19456,t=2,p=1$SALT$TAG`, or `argon2i`, `argon2d`,
/// or `v=16`, which is also the version of a hash without `v=`. The three
/// parameters are in this order, numbers have no leading zeros, base64 has no
/// padding and no stray bits, salt and tag have 8 to 64 bytes. format_argon2()
/// makes the same text of the result, except that it writes every version. It
/// asks for no memory, and does not look at the cost.
bool parse_argon2(std::string_view text, argon2_hash& parsed) noexcept;

/// Writes the hash as a PHC string. Throws std::bad_alloc.
secret format_argon2(const argon2_hash& hash);

} // namespace auth
