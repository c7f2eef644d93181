#include "hash/pbkdf2_hash.h"

#include "base/base64.h"
#include "hash/digest.h"
#include "hash/werkzeug_fields.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace auth {

namespace {

constexpr std::uint32_t max_count = 5'000'000;
constexpr std::uint32_t max_count_of_slow_digest = 1'000'000;

/// Werkzeug's default counts since its releases 0.9, 0.13, 0.15, 2.0, 2.3
/// and 3.1.
constexpr std::uint32_t werkzeug_counts[] = {1000,   50000,  150000,
                                             260000, 600000, 1000000};

bool is_fast(const EVP_MD* digest)
{
    for (const char* name :
         {"MD5", "SHA1", "SHA2-224", "SHA2-256", "SHA2-384", "SHA2-512"}) {
        if (EVP_MD_is_a(digest, name) == 1) {
            return true;
        }
    }
    return false;
}

class stored_pbkdf2 final : public stored_hash
{
public:
    bool read_werkzeug(text_reader input, hash_fault& fault)
    {
        input.literal("pbkdf2");
        std::string_view name = "sha256";
        if (input.literal(":")) {
            name = input.until(":$");
        }
        if (!set_digest(name)) {
            return false;
        }
        if (!input.literal(":")) {
            counts_.assign(std::begin(werkzeug_counts),
                           std::end(werkzeug_counts));
        } else if (!read_count(input, fault)) {
            return false;
        }
        return read_werkzeug_fields(input, key_size(), salt_, expected_);
    }

    bool read_django(text_reader input, hash_fault& fault)
    {
        input.literal("pbkdf2_");
        if (!set_digest(input.field()) || !input.literal("$") ||
            !read_count(input, fault) || !input.literal("$")) {
            return false;
        }
        salt_ = input.field();
        return is_salt_text(salt_) && input.literal("$") &&
               decode_padded_base64(input.field(), expected_.bytes.data(),
                                    expected_.bytes.size(), expected_.size) &&
               expected_.size == key_size() && input.at_end();
    }

    bool read_passlib(text_reader input, hash_fault& fault)
    {
        input.literal("$pbkdf2");
        if (!set_digest(input.literal("-") ? input.field() : "sha1") ||
            !input.literal("$") || !read_count(input, fault) ||
            !input.literal("$")) {
            return false;
        }
        std::uint8_t salt[longest_salt];
        std::size_t salt_size = 0;
        if (!decode_base64(input.field(), passlib_base64, salt, sizeof(salt),
                           salt_size) ||
            salt_size == 0 || !input.literal("$")) {
            return false;
        }
        salt_.assign(salt, salt + salt_size);
        return decode_base64(input.field(), passlib_base64,
                             expected_.bytes.data(), expected_.bytes.size(),
                             expected_.size) &&
               expected_.size == key_size() && input.at_end();
    }

    bool matches(std::string_view password) const override
    {
        if (password.size() > std::numeric_limits<int>::max()) {
            throw std::runtime_error("password hash: the password is too long");
        }
        bool right = false;
        for (const std::uint32_t count : counts_) {
            hash_bytes actual;
            compute(password, count, actual);
            right |= actual.equals(expected_);
        }
        return right;
    }

    /// In Werkzeug's spelling, whatever program has made the hash.
    std::string blank() const override
    {
        std::string text =
            "pbkdf2:" + std::string(EVP_MD_get0_name(digest_.get()));
        if (counts_.size() == 1) {
            text += ":" + std::to_string(counts_.front());
        }
        return text + blank_werkzeug_fields(key_size());
    }

private:
    bool set_digest(std::string_view name)
    {
        digest_ = find_digest(name);
        return digest_ != nullptr;
    }

    std::size_t key_size() const
    {
        return static_cast<std::size_t>(EVP_MD_get_size(digest_.get()));
    }

    bool read_count(text_reader& input, hash_fault& fault)
    {
        std::uint32_t count = 0;
        if (!input.number(count)) {
            return false;
        }
        counts_ = {count};
        const bool affordable =
            count <=
            (is_fast(digest_.get()) ? max_count : max_count_of_slow_digest);
        if (!affordable) {
            fault = hash_fault::too_costly;
        }
        return affordable;
    }

    void compute(std::string_view password, std::uint32_t count,
                 hash_bytes& actual) const
    {
        actual.size = expected_.size;
        if (PKCS5_PBKDF2_HMAC(
                password.data(), static_cast<int>(password.size()),
                reinterpret_cast<const unsigned char*>(salt_.data()),
                static_cast<int>(salt_.size()), static_cast<int>(count),
                digest_.get(), static_cast<int>(actual.size),
                actual.bytes.data()) != 1) {
            throw_openssl_error("PBKDF2");
        }
    }

    digest_pointer digest_;
    std::vector<std::uint32_t> counts_;
    std::string salt_;
    hash_bytes expected_;
};

using read_function = bool (stored_pbkdf2::*)(text_reader, hash_fault&);

std::unique_ptr<const stored_hash>
read_by(read_function read, std::string_view text, hash_fault& fault)
{
    auto hash = std::make_unique<stored_pbkdf2>();
    return (hash.get()->*read)(text_reader(text), fault) ? std::move(hash)
                                                         : nullptr;
}

} // namespace

std::unique_ptr<const stored_hash> read_werkzeug_pbkdf2(std::string_view text,
                                                        hash_fault& fault)
{
    return read_by(&stored_pbkdf2::read_werkzeug, text, fault);
}

std::unique_ptr<const stored_hash> read_django_pbkdf2(std::string_view text,
                                                      hash_fault& fault)
{
    return read_by(&stored_pbkdf2::read_django, text, fault);
}

std::unique_ptr<const stored_hash> read_passlib_pbkdf2(std::string_view text,
                                                       hash_fault& fault)
{
    return read_by(&stored_pbkdf2::read_passlib, text, fault);
}

} // namespace auth
