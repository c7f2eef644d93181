#pragma once

#include "hash/password_hash.h"
#include "hash/stored_hash.h"

#include "base/secret.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace auth {

/// An Argon2 hash (RFC 9106) taken apart. New ones are as the defaults say.
struct argon2_hash {
    enum class variant { argon2d, argon2i, argon2id };

    static constexpr std::uint32_t version_1_0 = 0x10;
    static constexpr std::uint32_t version_1_3 = 0x13;
    static constexpr std::size_t min_bytes = 8;
    static constexpr std::size_t max_bytes = 64;

    /// Whether it is what this module makes, whatever its cost.
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

/// Parses `$argon2id$v=19$m=19456,t=2,p=1$SALT$TAG` (or `argon2i`, `argon2d`;
/// or `v=16`, which is meant where nothing is said of it): the three parameters
/// in this order, numbers without leading zeros, base64 without padding or
/// stray bits, salt and tag of 8 to 64 bytes.
/// Whatever is accepted is exactly what format_argon2() makes of the result,
/// but for a version that is left out. It asks for no memory and says nothing
/// about whether the cost is affordable.
bool parse_argon2(std::string_view text, argon2_hash& parsed) noexcept;

/// The other way round. Throws std::bad_alloc.
secret format_argon2(const argon2_hash& hash);

} // namespace auth
