#include "hash/scrypt_hash.h"

#include "hash/digest.h"
#include "hash/werkzeug_fields.h"

#include <openssl/evp.h>

#include <cstdint>
#include <limits>
#include <string>

namespace auth {

namespace {

constexpr std::uint64_t max_work = 1U << 21;
constexpr std::uint32_t max_block_size = 32;
constexpr std::uint32_t max_parallelism = 16;
constexpr std::size_t key_size = 64;

/// N, r and p. The memory is 128 bytes times r (N + p + 2).
struct scrypt_cost {
    std::uint32_t n = 1U << 15, r = 8, p = 1;

    /// Whether scrypt is defined for them (RFC 7914): N is a power of two, and
    /// less than 2^(128 r / 8).
    bool is_valid() const
    {
        return n > 1 && (n & (n - 1)) == 0 && (r > 1 || n < 65536);
    }

    bool within_cap() const
    {
        return r <= max_block_size && p <= max_parallelism &&
               std::uint64_t{n} * r * p <= max_work;
    }
};

bool read_cost(text_reader& input, scrypt_cost& cost)
{
    return !input.literal(":") || (input.number(cost.n) && input.literal(":") &&
                                   input.number(cost.r) && input.literal(":") &&
                                   input.number(cost.p) && cost.is_valid());
}

class stored_scrypt final : public stored_hash
{
public:
    bool read(text_reader input, hash_fault& fault)
    {
        if (!input.literal("scrypt") || !read_cost(input, cost_)) {
            return false;
        }
        if (!cost_.within_cap()) {
            fault = hash_fault::too_costly;
            return false;
        }
        return read_werkzeug_fields(input, key_size, salt_, expected_);
    }

    bool matches(std::string_view password) const override
    {
        hash_bytes actual;
        actual.size = expected_.size;
        // The module has checked its own cap. OpenSSL's own cap is 32 MiB.
        if (EVP_PBE_scrypt(password.data(), password.size(),
                           reinterpret_cast<const unsigned char*>(salt_.data()),
                           salt_.size(), cost_.n, cost_.r, cost_.p,
                           std::numeric_limits<int>::max(), actual.bytes.data(),
                           actual.size) != 1) {
            throw_openssl_error("scrypt");
        }
        return actual.equals(expected_);
    }

    std::string blank() const override
    {
        return "scrypt:" + std::to_string(cost_.n) + ":" +
               std::to_string(cost_.r) + ":" + std::to_string(cost_.p) +
               blank_werkzeug_fields(key_size);
    }

private:
    scrypt_cost cost_;
    std::string salt_;
    hash_bytes expected_;
};

} // namespace

std::unique_ptr<const stored_hash> read_werkzeug_scrypt(std::string_view text,
                                                        hash_fault& fault)
{
    auto hash = std::make_unique<stored_scrypt>();
    return hash->read(text_reader(text), fault) ? std::move(hash) : nullptr;
}

} // namespace auth
