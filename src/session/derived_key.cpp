#include "derived_key.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <new>
#include <string>

namespace auth {

derived_key derive_key(std::string_view secret, std::string_view realm,
                       std::string_view purpose)
{
    std::string message(purpose);
    message.push_back('\0');
    message.append(realm);
    derived_key key;
    if (HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(message.data()),
             message.size(), key.data(), nullptr) == nullptr) {
        throw std::bad_alloc();
    }
    return key;
}

} // namespace auth
