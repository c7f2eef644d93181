#include "session/session_token.h"

#include "base/base64.h"
#include "base/hex.h"
#include "base/random_bytes.h"
#include "base/sha256.h"
#include "base/wipe_guard.h"

#include <openssl/crypto.h>

#include <cstring>

namespace auth {

namespace {

constexpr std::size_t random_size = 24;
constexpr std::size_t tag_size = 8;
using token_bytes = base64url_bytes;
static_assert(sizeof(token_bytes) == random_size + tag_size &&
              session_token_size == base64url_size);

bool make_tag(const token_key& key, const std::uint8_t* random,
              std::uint8_t* tag)
{
    sha256_digest mac;
    const std::string_view message(reinterpret_cast<const char*>(random),
                                   random_size);
    if (!hmac_sha256(view_of_bytes(key), message, mac)) {
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
    const wipe_guard guard(bytes.data(), bytes.size());
    if (!fill_random(bytes.data(), random_size) ||
        !make_tag(key, bytes.data(), bytes.data() + random_size)) {
        return false;
    }
    encode_base64url(bytes, token.data());
    return true;
}

bool looks_like_session_token(std::string_view text) noexcept
{
    return looks_like_base64url(text);
}

bool verify_session_token(const token_key& key, std::string_view token) noexcept
{
    token_bytes bytes;
    const wipe_guard guard(bytes.data(), bytes.size());
    std::array<std::uint8_t, tag_size> tag;
    return decode_base64url(token, bytes) &&
           make_tag(key, bytes.data(), tag.data()) &&
           CRYPTO_memcmp(tag.data(), bytes.data() + random_size, tag_size) == 0;
}

session_digest digest_session_token(std::string_view token) noexcept
{
    return sha256(token);
}

std::array<char, 12> public_session_id(const session_digest& digest) noexcept
{
    std::array<char, 12> id;
    for (std::size_t i = 0; i < id.size() / 2; ++i) {
        id[2 * i] = hex_digits[digest[i] >> 4];
        id[2 * i + 1] = hex_digits[digest[i] & 15];
    }
    return id;
}

} // namespace auth
