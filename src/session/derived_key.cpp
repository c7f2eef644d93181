#include "session/derived_key.h"

#include "base/hex.h"
#include "base/sha256.h"

#include <new>

namespace auth {

namespace {

struct label {
    std::string_view text; ///< holds no zero byte
    bool is_of_a_realm;
};

// In the order of enum key_purpose. Another label gives another key, and ends
// whatever was made with the old one.
constexpr label labels[] = {
    {"session tokens", true},
    {"device cookies", true},
    {"dummy hashes", false},
    {"key ids", false},
};

} // namespace

derived_key derive_key(std::string_view secret, key_purpose purpose,
                       std::string_view realm)
{
    const label& what = labels[static_cast<std::size_t>(purpose)];
    std::string message(what.text);
    message.push_back('\0');
    if (what.is_of_a_realm) {
        message.append(realm);
    }
    derived_key key;
    if (!hmac_sha256(secret, message, key)) {
        throw std::bad_alloc();
    }
    return key;
}

std::string key_id(std::string_view secret)
{
    constexpr std::size_t digits = 32;
    return to_hex(derive_key(secret, key_purpose::key_ids, {}))
        .substr(0, digits);
}

} // namespace auth
