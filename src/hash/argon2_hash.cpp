#include "hash/argon2_hash.h"

#include "hash/argon2_libraries.h"

#include <string>

namespace auth {

namespace {

/// libsodium cannot express a salt of this size.
constexpr std::size_t slow_salt_size = argon2_hash::min_bytes;

class stored_argon2 final : public stored_hash
{
public:
    bool read(std::string_view text, hash_fault& fault)
    {
        if (!parse_argon2(text, expected_)) {
            return false;
        }
        if (!expected_.cost.within_cap()) {
            fault = hash_fault::too_costly;
            return false;
        }
        return true;
    }

    bool matches(std::string_view password) const override
    {
        argon2_hash actual;
        actual.kind = expected_.kind;
        actual.version = expected_.version;
        actual.cost = expected_.cost;
        actual.salt = expected_.salt;
        actual.salt_size = expected_.salt_size;
        actual.tag.size = expected_.tag.size;
        compute_argon2(password, actual);
        return actual.tag.equals(expected_.tag);
    }

    /// The sizes of salt and tag differ between programs. They change the time
    /// only as they decide which library computes the hash.
    std::string blank() const override
    {
        argon2_hash hash;
        hash.kind = expected_.kind;
        hash.version = expected_.version;
        hash.cost = expected_.cost;
        hash.salt_size = argon2_hash::new_salt_size;
        hash.tag.size = argon2_hash::new_tag_size;
        if (libsodium_can_express(hash) && !libsodium_can_express(expected_)) {
            hash.salt_size = slow_salt_size;
        }
        return std::string(format_argon2(hash).view());
    }

private:
    argon2_hash expected_;
};

} // namespace

void compute_argon2(std::string_view password, argon2_hash& hash)
{
    if (libsodium_can_express(hash)) {
        compute_with_libsodium(password, hash);
    } else {
        compute_with_libargon2(password, hash);
    }
}

std::unique_ptr<const stored_hash> read_argon2(std::string_view text,
                                               hash_fault& fault)
{
    auto hash = std::make_unique<stored_argon2>();
    return hash->read(text, fault) ? std::move(hash) : nullptr;
}

std::unique_ptr<const stored_hash> read_django_argon2(std::string_view text,
                                                      hash_fault& fault)
{
    return read_argon2(text.substr(text.find('$')), fault);
}

} // namespace auth
