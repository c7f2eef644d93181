// OpenSSL 3 calls SHA256_Init and its like deprecated. They are what one short
// hash per request needs: 75 ns and 2,200 instructions, where the EVP functions
// look up and allocate their way to 3,000 to 6,000.
#define OPENSSL_API_COMPAT 0x10101000L

#include "session_token.h"

#include "bytes/random_bytes.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <cstring>

namespace auth {

namespace {

constexpr std::size_t random_size = 24;
constexpr std::size_t tag_size = 8;
using token_bytes = std::array<std::uint8_t, random_size + tag_size>;

constexpr char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t no_digit = 0x80;

constexpr std::array<std::uint8_t, 256> make_digits()
{
    std::array<std::uint8_t, 256> digits{};
    for (std::uint8_t& digit : digits) {
        digit = no_digit;
    }
    for (std::uint8_t i = 0; i < 64; ++i) {
        digits[static_cast<unsigned char>(alphabet[i])] = i;
    }
    return digits;
}

constexpr std::array<std::uint8_t, 256> digits = make_digits();

std::uint8_t digit(char c)
{
    return digits[static_cast<unsigned char>(c)];
}

// 32 bytes are ten groups of three and one of two, which leaves two bits of
// the last character unused.
void encode(const token_bytes& bytes, char* out)
{
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const std::uint8_t byte : bytes) {
        bits = bits << 8 | byte;
        for (count += 8; count >= 6;) {
            count -= 6;
            *out++ = alphabet[bits >> count & 63];
        }
    }
    *out = alphabet[bits << (6 - count) & 63];
}

// The text has been through looks_like_session_token(). False if an unused
// bit is set: one token has one spelling.
bool decode(std::string_view text, token_bytes& bytes)
{
    std::uint32_t bits = 0;
    unsigned count = 0;
    std::size_t size = 0;
    for (const char c : text) {
        bits = bits << 6 | digit(c);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes[size++] = static_cast<std::uint8_t>(bits >> count);
        }
    }
    return (bits & ((1u << count) - 1)) == 0;
}

bool make_tag(const token_key& key, const std::uint8_t* random,
              std::uint8_t* tag)
{
    std::array<std::uint8_t, SHA256_DIGEST_LENGTH> mac;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), random,
             random_size, mac.data(), nullptr) == nullptr) {
        return false;
    }
    std::memcpy(tag, mac.data(), tag_size);
    return true;
}

} // namespace

bool make_session_token(const token_key& key,
                        std::array<char, session_token_size>& token) noexcept
{
    token_bytes bytes;
    const bool made = fill_random(bytes.data(), random_size) &&
                      make_tag(key, bytes.data(), bytes.data() + random_size);
    if (made) {
        encode(bytes, token.data());
    }
    OPENSSL_cleanse(bytes.data(), bytes.size());
    return made;
}

bool looks_like_session_token(std::string_view text) noexcept
{
    if (text.size() != session_token_size) {
        return false;
    }
    std::uint8_t seen = 0;
    for (const char c : text) {
        seen |= digit(c);
    }
    return (seen & no_digit) == 0;
}

bool verify_session_token(const token_key& key, std::string_view token) noexcept
{
    token_bytes bytes;
    std::array<std::uint8_t, tag_size> tag;
    const bool genuine =
        looks_like_session_token(token) && decode(token, bytes) &&
        make_tag(key, bytes.data(), tag.data()) &&
        CRYPTO_memcmp(tag.data(), bytes.data() + random_size, tag_size) == 0;
    OPENSSL_cleanse(bytes.data(), bytes.size());
    return genuine;
}

session_digest digest_session_token(std::string_view token) noexcept
{
    session_digest digest;
    SHA256_CTX context;
    SHA256_Init(&context);
    SHA256_Update(&context, token.data(), token.size());
    SHA256_Final(digest.data(), &context); // also wipes the context's block
    return digest;
}

std::array<char, 12> public_session_id(const session_digest& digest) noexcept
{
    constexpr char hex[] = "0123456789abcdef";
    std::array<char, 12> id;
    for (std::size_t i = 0; i < id.size() / 2; ++i) {
        id[2 * i] = hex[digest[i] >> 4];
        id[2 * i + 1] = hex[digest[i] & 15];
    }
    return id;
}

} // namespace auth
