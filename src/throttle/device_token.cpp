#include "throttle/device_token.h"

#include "throttle/address_prefix.h"

#include "base/base64.h"
#include "base/sha256.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string>
#include <tuple>

namespace auth {

namespace {

constexpr std::size_t nonce_size = std::tuple_size_v<device_key>;
constexpr std::size_t tag_size = 16;
constexpr std::string_view purpose = "auth device 2";
constexpr std::string_view purpose_of_nonce = "auth device n";

struct entry {
    std::array<std::uint8_t, nonce_size> nonce;
    std::array<std::uint8_t, tag_size> tag;
};
static_assert(sizeof(entry) == sizeof(base64url_bytes) &&
              device_entry_size == base64url_size);

void encode(const entry& from, char* out)
{
    base64url_bytes bytes;
    std::memcpy(bytes.data(), &from, sizeof from);
    encode_base64url(bytes, out);
}

// False if the text is no entry; each entry has one spelling.
bool decode(std::string_view text, entry& to)
{
    base64url_bytes bytes;
    if (!decode_base64url(text, bytes)) {
        return false;
    }
    std::memcpy(&to, bytes.data(), sizeof to);
    return true;
}

// The entries of all cookies, in their order, each once.
class entries
{
public:
    explicit entries(const device_cookies& sent)
    {
        for (std::size_t i = 0; i < sent.count; ++i) {
            for (std::string_view left = sent.all[i]; !left.empty();
                 left.remove_prefix(device_entry_size)) {
                add(left.substr(0, device_entry_size));
            }
        }
    }
    const entry* begin() const { return all_.data(); }
    const entry* end() const { return all_.data() + size_; }

private:
    void add(std::string_view text)
    {
        entry& next = all_[size_];
        if (decode(text, next) &&
            std::none_of(begin(), end(), [&](const entry& before) {
                return std::memcmp(&before, &next, sizeof next) == 0;
            })) {
            ++size_;
        }
    }

    // One more than is taken, for an entry that is not taken.
    std::array<entry, device_cookies::most * device_users + 1> all_;
    std::size_t size_ = 0;
};

void append_big_endian(std::string& to, std::uint64_t value, unsigned bytes)
{
    for (unsigned shift = bytes * 8; shift != 0;) {
        shift -= 8;
        to += static_cast<char>(value >> shift & 0xff);
    }
}

void append_realm(std::string& to, const device_realm& realm)
{
    append_big_endian(to, realm.name.size(), 4);
    to += realm.name;
}

// The first 16 bytes of a message's HMAC.
bool authenticate(const device_secret& secret, const std::string& message,
                  std::array<std::uint8_t, tag_size>& out)
{
    sha256_digest mac;
    if (!hmac_sha256(view_of_bytes(secret), message, mac)) {
        return false;
    }
    std::memcpy(out.data(), mac.data(), out.size());
    return true;
}

// The tags of a user: the message, into which each nonce is put in turn.
class signer
{
public:
    signer(const device_realm& realm, std::string_view name, bool secure)
        : realm_(realm), message_(purpose)
    {
        message_.append(nonce_size, '\0');
        message_ += secure ? 'S' : 'P';
        append_realm(message_, realm);
        message_ += name;
    }

    bool sign(entry& what) { return tag(realm_.secrets[0], what, what.tag); }

    // Tries all secrets, even after one of them fits.
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
    bool tag(const device_secret& secret, const entry& signed_entry,
             std::array<std::uint8_t, tag_size>& out)
    {
        std::memcpy(message_.data() + purpose.size(), signed_entry.nonce.data(),
                    nonce_size);
        return authenticate(secret, message_, out);
    }

    const device_realm& realm_;
    std::string message_;
};

bool make_nonce(const device_realm& realm, const device_user& user,
                std::array<std::uint8_t, nonce_size>& nonce)
{
    static_assert(nonce_size == tag_size);
    std::string message(purpose_of_nonce);
    append_realm(message, realm);
    append_big_endian(message, address_network(user.prefix), 8);
    message += user.folded_name;
    return authenticate(realm.secrets[0], message, nonce);
}

} // namespace

void device_cookies::add(std::string_view value) noexcept
{
    if (count < most && value.size() <= device_users * device_entry_size &&
        value.size() % device_entry_size == 0) {
        all[count++] = value;
    }
}

bool find_device(const device_realm& realm, std::string_view name,
                 const device_cookies& sent, device_key& device) noexcept
try {
    signer signer(realm, name, sent.secure);
    bool found = false;
    for (const entry& candidate : entries(sent)) {
        if (signer.is_genuine(candidate) && !found) {
            device = candidate.nonce;
            found = true;
        }
    }
    return found;
} catch (const std::bad_alloc&) {
    return false;
}

bool renew_device(const device_realm& realm, const device_user& user,
                  const device_cookies& sent, device_token& renewed) noexcept
try {
    signer signer(realm, user.name, sent.secure);
    entry fresh;
    if (!make_nonce(realm, user, fresh.nonce) || !signer.sign(fresh)) {
        return false;
    }
    encode(fresh, renewed.bytes.data());
    renewed.size = device_entry_size;
    for (const entry& candidate : entries(sent)) {
        if (renewed.size < renewed.bytes.size() &&
            !signer.is_genuine(candidate)) {
            encode(candidate, renewed.bytes.data() + renewed.size);
            renewed.size += device_entry_size;
        }
    }
    return true;
} catch (const std::bad_alloc&) {
    return false;
}

} // namespace auth
