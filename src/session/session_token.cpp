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

// A token is the hour (big-endian), random bytes and the tag over both.
constexpr std::size_t hour_size = sizeof(token_hour);
constexpr std::size_t random_size = 20;
constexpr std::size_t tag_size = 8;
constexpr std::size_t message_size = hour_size + random_size;
using token_bytes = base64url_bytes;
static_assert(sizeof(token_bytes) == message_size + tag_size &&
              session_token_size == base64url_size);

void write_hour(token_hour hour, std::uint8_t* to) noexcept
{
    for (std::size_t i = hour_size; i-- > 0; hour >>= 8) {
        to[i] = hour & 0xff;
    }
}

token_hour read_hour(const std::uint8_t* from) noexcept
{
    token_hour hour = 0;
    for (std::size_t i = 0; i < hour_size; ++i) {
        hour = hour << 8 | from[i];
    }
    return hour;
}

bool make_tag(const token_key& key, const token_bytes& bytes, std::uint8_t* tag)
{
    sha256_digest mac;
    const std::string_view message(reinterpret_cast<const char*>(bytes.data()),
                                   message_size);
    if (!hmac_sha256(view_of_bytes(key), message, mac)) {
        return false;
    }
    std::memcpy(tag, mac.data(), tag_size);
    return true;
}

} // namespace

bool make_session_token(const token_key& key, token_hour hour,
                        std::array<char, session_token_size>& token) noexcept
{
    token_bytes bytes;
    const wipe_guard guard(bytes.data(), bytes.size());
    write_hour(hour, bytes.data());
    if (!fill_random(bytes.data() + hour_size, random_size) ||
        !make_tag(key, bytes, bytes.data() + message_size)) {
        return false;
    }
    encode_base64url(bytes, token.data());
    return true;
}

token_verdict verify_session_token(const token_key& key, std::string_view token,
                                   token_hour& hour) noexcept
{
    token_bytes bytes;
    const wipe_guard guard(bytes.data(), bytes.size());
    std::array<std::uint8_t, tag_size> tag;
    if (!decode_base64url(token, bytes)) {
        return token_verdict::forged;
    }
    if (!make_tag(key, bytes, tag.data())) {
        return token_verdict::unknown;
    }
    hour = read_hour(bytes.data());
    return CRYPTO_memcmp(tag.data(), bytes.data() + message_size, tag_size) == 0
               ? token_verdict::genuine
               : token_verdict::forged;
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
