#include "hash/htpasswd_hash.h"

#include "base/base64.h"
#include "base/wipe_guard.h"
#include "hash/digest.h"
#include "hash/text_reader.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace auth {

namespace {

/// A digest over several texts. After end() the next digest begins.
class hasher
{
public:
    hasher(const char* name, std::string_view what) : what_(what)
    {
        digest_ = find_digest(name);
        context_.reset(EVP_MD_CTX_new());
        if (digest_ == nullptr || context_ == nullptr) {
            throw_openssl_error(what_);
        }
        begin();
    }

    void add(std::string_view text)
    {
        if (EVP_DigestUpdate(context_.get(), text.data(), text.size()) != 1) {
            throw_openssl_error(what_);
        }
    }

    void end(hash_bytes& result)
    {
        unsigned size = 0;
        if (EVP_DigestFinal_ex(context_.get(), result.bytes.data(), &size) !=
            1) {
            throw_openssl_error(what_);
        }
        result.size = size;
        begin();
    }

private:
    struct context_deleter {
        void operator()(EVP_MD_CTX* context) const noexcept
        {
            EVP_MD_CTX_free(context); // wipes it
        }
    };

    void begin()
    {
        if (EVP_DigestInit_ex(context_.get(), digest_.get(), nullptr) != 1) {
            throw_openssl_error(what_);
        }
    }

    const std::string_view what_;
    digest_pointer digest_;
    std::unique_ptr<EVP_MD_CTX, context_deleter> context_;
};

std::string_view text_of(const hash_bytes& bytes, std::size_t size)
{
    return {reinterpret_cast<const char*>(bytes.bytes.data()), size};
}

constexpr std::string_view apr1_prefix = "$apr1$";
constexpr std::size_t apr1_longest_salt = 8;
constexpr std::size_t apr1_hash_size = 22;
constexpr std::size_t md5_size = 16;

/// MD5 crypt with a prefix of Apache's own.
void compute_apr1(std::string_view password, std::string_view salt,
                  hash_bytes& result)
{
    hasher md5("MD5", "apr1");
    md5.add(password);
    md5.add(salt);
    md5.add(password);
    md5.end(result);

    md5.add(password);
    md5.add(apr1_prefix);
    md5.add(salt);
    for (std::size_t left = password.size(); left > 0;) {
        const std::size_t part = std::min(left, md5_size);
        md5.add(text_of(result, part));
        left -= part;
    }
    const std::string_view nul("\0", 1);
    for (std::size_t bits = password.size(); bits > 0; bits >>= 1) {
        md5.add((bits & 1) != 0 ? nul : password.substr(0, 1));
    }
    md5.end(result);

    for (int round = 0; round < 1000; ++round) {
        const bool odd = round % 2 != 0;
        md5.add(odd ? password : text_of(result, md5_size));
        if (round % 3 != 0) {
            md5.add(salt);
        }
        if (round % 7 != 0) {
            md5.add(password);
        }
        md5.add(odd ? text_of(result, md5_size) : password);
        md5.end(result);
    }
}

/// The bytes of a result in the digits of crypt(3), in MD5 crypt's order: three
/// bytes give four digits, the lowest bits first.
secret format_md5_crypt(const hash_bytes& result)
{
    constexpr std::string_view digits = "./0123456789"
                                        "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                        "abcdefghijklmnopqrstuvwxyz";
    std::array<char, apr1_hash_size> text{};
    wipe_guard guard(text.data(), text.size());
    std::size_t size = 0;
    const auto put = [&](std::uint32_t bits, int count) {
        for (; count > 0; --count, bits >>= 6) {
            text[size++] = digits[bits & 63];
        }
    };
    const auto& bytes = result.bytes;
    for (std::size_t i = 0; i < 5; ++i) {
        const std::size_t last = i == 4 ? 5 : i + 12;
        put(static_cast<std::uint32_t>(bytes[i] << 16 | bytes[i + 6] << 8 |
                                       bytes[last]),
            4);
    }
    put(bytes[11], 2);
    return secret({text.data(), text.size()});
}

class stored_apr1 final : public stored_hash
{
public:
    bool read(std::string_view text)
    {
        text_reader input(text);
        input.literal(apr1_prefix);
        salt_ = input.field();
        if (salt_.empty() || salt_.size() > apr1_longest_salt ||
            !input.literal("$")) {
            return false;
        }
        expected_ = secret(input.field());
        return expected_.view().size() == apr1_hash_size && input.at_end();
    }

    bool matches(std::string_view password) const override
    {
        hash_bytes result;
        compute_apr1(password, salt_, result);
        const secret actual = format_md5_crypt(result);
        const bool same =
            CRYPTO_memcmp(actual.view().data(), expected_.view().data(),
                          apr1_hash_size) == 0;
        return same && password.find('\0') == std::string_view::npos;
    }

    std::string blank() const override
    {
        return std::string(apr1_prefix) + std::string(apr1_longest_salt, '.') +
               "$" + std::string(apr1_hash_size, '.');
    }

private:
    std::string salt_;
    secret expected_;
};

class stored_sha1 final : public stored_hash
{
public:
    bool read(std::string_view text)
    {
        text_reader input(text);
        const bool salted = !input.literal("{SHA}");
        const std::size_t start = salted ? 6 : 5; // "{SSHA}"
        std::array<std::uint8_t, digest_size + longest_salt> bytes{};
        wipe_guard guard(bytes.data(), bytes.size());
        std::size_t size = 0;
        if (!decode_padded_base64(text.substr(start), bytes.data(),
                                  bytes.size(), size) ||
            (salted ? size <= digest_size : size != digest_size)) {
            return false;
        }
        std::copy_n(bytes.begin(), digest_size, expected_.bytes.begin());
        expected_.size = digest_size;
        salt_.assign(bytes.begin() + digest_size, bytes.begin() + size);
        return true;
    }

    bool matches(std::string_view password) const override
    {
        hasher sha1("SHA1", "SHA-1");
        sha1.add(password);
        sha1.add(salt_);
        hash_bytes actual;
        sha1.end(actual);
        return actual.equals(expected_);
    }

    /// A salt makes no difference.
    std::string blank() const override
    {
        return "{SHA}" + std::string(27, 'A') + "=";
    }

private:
    static constexpr std::size_t digest_size = 20;
    static constexpr std::size_t longest_salt = 64;

    std::string salt_;
    hash_bytes expected_;
};

} // namespace

std::unique_ptr<const stored_hash> read_apr1(std::string_view text, hash_fault&)
{
    auto hash = std::make_unique<stored_apr1>();
    return hash->read(text) ? std::move(hash) : nullptr;
}

std::unique_ptr<const stored_hash> read_salted_sha1(std::string_view text,
                                                    hash_fault&)
{
    auto hash = std::make_unique<stored_sha1>();
    return hash->read(text) ? std::move(hash) : nullptr;
}

} // namespace auth
