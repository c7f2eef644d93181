#pragma once

#include "password_hash.h"

#include "store/secret.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace auth {

/// An Argon2 hash taken apart. The tag is wiped with the object.
struct argon2_hash {
    enum class variant { argon2i, argon2id };

    static constexpr std::size_t min_bytes = 8;
    static constexpr std::size_t max_bytes = 64;

    argon2_hash() = default;
    argon2_hash(const argon2_hash&) = delete;
    argon2_hash& operator=(const argon2_hash&) = delete;
    ~argon2_hash() { wipe_memory(tag.data(), tag.size()); }

    variant kind = variant::argon2id;
    hash_cost cost;
    std::array<std::uint8_t, max_bytes> salt{};
    std::size_t salt_size = 0;
    std::array<std::uint8_t, max_bytes> tag{};
    std::size_t tag_size = 0;
};

/// Parses `$argon2id$v=19$m=19456,t=2,p=1$SALT$TAG` (or `argon2i`): version
/// 1.3, the three parameters in this order, numbers without leading zeros,
/// base64 without padding or stray bits, salt and tag of 8 to 64 bytes.
/// Whatever is accepted is exactly what format_argon2() makes of the result.
/// It asks for no memory and says nothing about whether the cost is
/// affordable.
bool parse_argon2(std::string_view text, argon2_hash& parsed) noexcept;

/// The other way round. Throws std::bad_alloc.
secret format_argon2(const argon2_hash& hash);

} // namespace auth
