#include "hash/argon2_libraries.h"

#include <sodium.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace auth {

namespace {

constexpr std::size_t bytes_per_kib = 1024;

/// libsodium gives one answer for everything that has gone wrong. All
/// parameters are in its range, so what remains is a lack of memory, which is
/// never a wrong password.
[[noreturn]] void throw_failure(const argon2_hash& hash, int error)
{
    throw std::runtime_error(
        "password hash of " + std::to_string(hash.cost.memory_kib) +
        " KiB failed: libsodium: " + std::generic_category().message(error));
}

} // namespace

bool libsodium_can_express(const argon2_hash& hash) noexcept
{
    return hash.is_of_new_kind() && hash.cost.lanes == 1 &&
           hash.salt_size == crypto_pwhash_argon2id_SALTBYTES &&
           hash.tag.size >= crypto_pwhash_argon2id_BYTES_MIN;
}

void compute_with_libsodium(std::string_view password, argon2_hash& hash)
{
    // It chooses the code for this processor. Only the first call does
    // something, and several threads may call it.
    if (sodium_init() < 0) {
        throw std::runtime_error("password hash: libsodium does not start");
    }
    // It takes no null pointer, not even for an empty password.
    const char* bytes = password.empty() ? "" : password.data();
    if (crypto_pwhash_argon2id(hash.tag.bytes.data(), hash.tag.size, bytes,
                               password.size(), hash.salt.data(),
                               hash.cost.time,
                               hash.cost.memory_kib * bytes_per_kib,
                               crypto_pwhash_argon2id_ALG_ARGON2ID13) != 0) {
        throw_failure(hash, errno);
    }
}

} // namespace auth
