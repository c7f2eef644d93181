#include "device_token.h"

#include "bytes/random_bytes.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstring>
#include <new>
#include <string>
#include <tuple>

namespace auth {

namespace {

constexpr std::size_t nonce_size = std::tuple_size_v<device_key>;
constexpr std::size_t tag_size = 16;
constexpr std::string_view purpose = "auth device 1";

struct entry {
    std::array<std::uint8_t, nonce_size> nonce;
    std::array<std::uint8_t, tag_size> tag;
};
static_assert(sizeof(entry) == 32 &&
              sizeof(entry) * 4 / 3 + 1 == device_entry_size);

constexpr char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

// 32 bytes leave two bits of the last character unused.
void encode(const entry& from, char* out)
{
    std::array<std::uint8_t, sizeof(entry)> bytes;
    std::memcpy(bytes.data(), &from, sizeof from);
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

// False if it is none; each entry has one spelling.
bool decode(std::string_view text, entry& to)
{
    constexpr std::string_view digits(alphabet, 64);
    std::array<std::uint8_t, sizeof(entry)> bytes{};
    std::uint32_t bits = 0;
    unsigned count = 0;
    std::size_t size = 0;
    for (const char c : text) {
        const std::size_t digit = digits.find(c);
        if (digit == digits.npos) {
            return false;
        }
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        count += 6;
        if (count >= 8) {
            count -= 8;
            bytes[size++] = static_cast<std::uint8_t>(bits >> count);
        }
    }
    std::memcpy(&to, bytes.data(), sizeof to);
    return (bits & ((1u << count) - 1)) == 0;
}

// The entries of a cookie value, in their order; none of one with a length
// that no value has.
class entries
{
public:
    explicit entries(std::string_view cookie)
    {
        if (cookie.size() > device_users * device_entry_size ||
            cookie.size() % device_entry_size != 0) {
            return;
        }
        for (; !cookie.empty(); cookie.remove_prefix(device_entry_size)) {
            if (decode(cookie.substr(0, device_entry_size), all_[size_])) {
                ++size_;
            }
        }
    }
    const entry* begin() const { return all_.data(); }
    const entry* end() const { return all_.data() + size_; }

private:
    std::array<entry, device_users> all_;
    std::size_t size_ = 0;
};

// Tags of one user: the message, into which a nonce is put.
class signer
{
public:
    signer(const device_realm& realm, std::string_view name)
        : realm_(realm), message_(purpose)
    {
        message_.append(nonce_size, '\0');
        const auto length = static_cast<std::uint32_t>(realm.name.size());
        for (const unsigned shift : {24u, 16u, 8u, 0u}) {
            message_ += static_cast<char>(length >> shift & 0xff);
        }
        message_ += realm.name;
        message_ += name;
    }

    bool sign(entry& what) { return tag(realm_.secrets[0], what, what.tag); }

    // Tries all secrets, whichever it is.
    bool is_genuine(const entry& what)
    {
        bool genuine = false;
        for (std::size_t i = 0; i < realm_.count; ++i) {
            std::array<std::uint8_t, tag_size> own;
            if (tag(realm_.secrets[i], what, own)) {
                genuine |=
                    CRYPTO_memcmp(own.data(), what.tag.data(), tag_size) == 0;
            }
        }
        return genuine;
    }

private:
    bool tag(const device_secret& secret, const entry& of,
             std::array<std::uint8_t, tag_size>& out)
    {
        std::memcpy(message_.data() + purpose.size(), of.nonce.data(),
                    nonce_size);
        std::array<std::uint8_t, EVP_MAX_MD_SIZE> mac;
        if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
                 reinterpret_cast<const unsigned char*>(message_.data()),
                 message_.size(), mac.data(), nullptr) == nullptr) {
            return false;
        }
        std::memcpy(out.data(), mac.data(), tag_size);
        return true;
    }

    const device_realm& realm_;
    std::string message_;
};

} // namespace

bool find_device(const device_realm& realm, std::string_view name,
                 std::string_view cookie, device_key& device) noexcept
try {
    signer signer(realm, name);
    bool found = false;
    for (const entry& one : entries(cookie)) {
        if (signer.is_genuine(one) && !found) {
            device = one.nonce;
            found = true;
        }
    }
    return found;
} catch (const std::bad_alloc&) {
    return false;
}

bool renew_device(const device_realm& realm, std::string_view name,
                  std::string_view cookie, device_token& renewed) noexcept
try {
    signer signer(realm, name);
    entry fresh;
    if (!fill_random(fresh.nonce.data(), nonce_size) || !signer.sign(fresh)) {
        return false;
    }
    encode(fresh, renewed.bytes.data());
    renewed.size = device_entry_size;
    for (const entry& one : entries(cookie)) {
        if (renewed.size < renewed.bytes.size() && !signer.is_genuine(one)) {
            encode(one, renewed.bytes.data() + renewed.size);
            renewed.size += device_entry_size;
        }
    }
    return true;
} catch (const std::bad_alloc&) {
    return false;
}

} // namespace auth
