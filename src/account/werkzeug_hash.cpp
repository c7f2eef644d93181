#include "werkzeug_hash.h"

#include "text_reader.h"
#include "wipe_guard.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>

namespace auth {

namespace {

constexpr std::uint64_t max_scrypt_work = 1U << 21;
constexpr std::uint32_t max_block_size = 32;
constexpr std::uint32_t max_parallelism = 16;
constexpr std::uint32_t max_iterations = 5'000'000;

constexpr std::size_t longest_salt = 128;
constexpr std::size_t usual_salt = 16;
constexpr std::size_t scrypt_key_size = 64;

/// Salt and key of a stored hash; or a key that was computed.
struct salted_key {
    salted_key() = default;
    salted_key(const salted_key&) = delete;
    salted_key& operator=(const salted_key&) = delete;
    ~salted_key() { wipe_memory(bytes.data(), bytes.size()); }

    std::string_view salt;
    std::array<std::uint8_t, EVP_MAX_MD_SIZE> bytes{};
    std::size_t size = 0;
};
static_assert(scrypt_key_size <= EVP_MAX_MD_SIZE, "a key has to fit");

struct scrypt_cost {
    std::uint32_t n = 0, r = 0, p = 0;

    /// Whether the numbers are scrypt's, and within the cap. The memory is
    /// 128 bytes times r (N + p + 2).
    bool is_usable() const
    {
        bool power_of_two = n > 1 && (n & (n - 1)) == 0;
        // RFC 7914: N is less than 2^(128 r / 8).
        return power_of_two && (r > 1 || n < 65536) && r <= max_block_size &&
               p <= max_parallelism &&
               std::uint64_t{n} * r * p <= max_scrypt_work;
    }
};

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// The value of a small hexadecimal digit, or 16.
unsigned hex_value(char c)
{
    constexpr std::string_view digits = "0123456789abcdef";
    return static_cast<unsigned>(std::min(digits.find(c), digits.size()));
}

/// `$SALT$HEX` up to the end, with a key of `size` bytes.
bool parse_salted_key(text_reader& input, std::size_t size, salted_key& parsed)
{
    if (!input.literal("$")) {
        return false;
    }
    parsed.salt = input.field();
    bool salt_fits = !parsed.salt.empty() &&
                     parsed.salt.size() <= longest_salt &&
                     std::all_of(parsed.salt.begin(), parsed.salt.end(),
                                 [](char c) { return c >= '!' && c <= '~'; });
    if (!salt_fits || !input.literal("$")) {
        return false;
    }
    std::string_view digits = input.field();
    if (!input.at_end() || digits.size() != 2 * size) {
        return false;
    }
    parsed.size = size;
    for (std::size_t i = 0; i < size; ++i) {
        unsigned high = hex_value(digits[2 * i]);
        unsigned low = hex_value(digits[2 * i + 1]);
        if (high > 15 || low > 15) {
            return false;
        }
        parsed.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return true;
}

[[noreturn]] void fail(const char* what)
{
    const char* reason = ERR_reason_error_string(ERR_peek_error());
    std::string text = std::string(what) + " password hash failed: " +
                       (reason != nullptr ? reason : "no reason given");
    // What stays in the thread's queue would be taken for somebody else's.
    ERR_clear_error();
    throw std::runtime_error(text);
}

verdict compare(const salted_key& actual, const salted_key& expected)
{
    bool same = CRYPTO_memcmp(actual.bytes.data(), expected.bytes.data(),
                              expected.size) == 0;
    return same ? verdict::match : verdict::mismatch;
}

/// What stands behind `scrypt:`; false if it cannot be checked here.
bool parse_scrypt(text_reader& input, scrypt_cost& cost, salted_key& parsed)
{
    return input.number(cost.n) && input.literal(":") && input.number(cost.r) &&
           input.literal(":") && input.number(cost.p) && cost.is_usable() &&
           parse_salted_key(input, scrypt_key_size, parsed);
}

verdict verify_scrypt(std::string_view password, text_reader input)
{
    scrypt_cost cost;
    salted_key expected;
    if (!parse_scrypt(input, cost, expected)) {
        return verdict::unusable;
    }
    salted_key actual;
    // The cap is ours, and held already; OpenSSL's own is 32 MiB.
    if (EVP_PBE_scrypt(password.data(), password.size(),
                       bytes_of(expected.salt), expected.salt.size(), cost.n,
                       cost.r, cost.p, std::numeric_limits<int>::max(),
                       actual.bytes.data(), expected.size) != 1) {
        fail("scrypt");
    }
    return compare(actual, expected);
}

/// The digest that a name and the colon behind it stand for, or nullptr.
const EVP_MD* read_digest(text_reader& input)
{
    if (input.literal("sha256:")) {
        return EVP_sha256();
    }
    if (input.literal("sha512:")) {
        return EVP_sha512();
    }
    return input.literal("sha1:") ? EVP_sha1() : nullptr;
}

struct pbkdf2_cost {
    const EVP_MD* digest = nullptr;
    std::uint32_t iterations = 0;
};

/// What stands behind `pbkdf2:`; false if it cannot be checked here.
bool parse_pbkdf2(text_reader& input, pbkdf2_cost& cost, salted_key& parsed)
{
    cost.digest = read_digest(input);
    return cost.digest != nullptr && input.number(cost.iterations) &&
           cost.iterations <= max_iterations &&
           parse_salted_key(input,
                            static_cast<std::size_t>(EVP_MD_size(cost.digest)),
                            parsed);
}

verdict verify_pbkdf2(std::string_view password, text_reader input)
{
    pbkdf2_cost cost;
    salted_key expected;
    if (!parse_pbkdf2(input, cost, expected)) {
        return verdict::unusable;
    }
    if (password.size() > std::numeric_limits<int>::max()) {
        throw std::runtime_error("password hash: the password is too long");
    }
    salted_key actual;
    if (PKCS5_PBKDF2_HMAC(
            password.data(), static_cast<int>(password.size()),
            bytes_of(expected.salt), static_cast<int>(expected.salt.size()),
            static_cast<int>(cost.iterations), cost.digest,
            static_cast<int>(expected.size), actual.bytes.data()) != 1) {
        fail("PBKDF2");
    }
    return compare(actual, expected);
}

} // namespace

verdict verify_werkzeug(std::string_view password, std::string_view stored)
{
    text_reader input(stored);
    if (input.literal("scrypt:")) {
        return verify_scrypt(password, input);
    }
    if (input.literal("pbkdf2:")) {
        return verify_pbkdf2(password, input);
    }
    return verdict::unusable;
}

std::string blank_werkzeug(std::string_view stored)
{
    text_reader input(stored);
    scrypt_cost scrypt;
    pbkdf2_cost pbkdf2;
    salted_key parsed;
    const bool usable =
        input.literal("scrypt:")
            ? parse_scrypt(input, scrypt, parsed)
            : input.literal("pbkdf2:") && parse_pbkdf2(input, pbkdf2, parsed);
    if (!usable) {
        return {};
    }
    // Method and cost are what stands before the salt, in their one spelling.
    std::string blank(stored.substr(0, stored.find('$') + 1));
    blank.append(usual_salt, '.');
    blank += '$';
    blank.append(2 * parsed.size, '0');
    return blank;
}

} // namespace auth
