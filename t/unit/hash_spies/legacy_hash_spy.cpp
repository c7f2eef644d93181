#include "legacy_hash_spy.h"

#include <crypt.h>
#include <dlfcn.h>
#include <openssl/evp.h>

#include <cerrno>
#include <string_view>
#include <utility>

namespace auth {

int legacy_hash_spy::calls = 0;
std::string legacy_hash_spy::last;
bool legacy_hash_spy::fail = false;

namespace {

/// Notes a call and says whether it is to fail.
bool fails(std::string what)
{
    ++legacy_hash_spy::calls;
    legacy_hash_spy::last = std::move(what);
    return std::exchange(legacy_hash_spy::fail, false);
}

template <typename Function>
Function* real(Function*, const char* name)
{
    return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

/// The setting without the salt, which stands behind its last `$`; bcrypt's has
/// none before it.
std::string method_of(std::string_view setting)
{
    if (setting.substr(0, 2) == "$2") {
        return std::string(setting.substr(0, 6));
    }
    return std::string(
        setting.substr(0, setting.rfind('$', setting.size() - 2)));
}

} // namespace
} // namespace auth

extern "C" int EVP_PBE_scrypt(const char* pass, size_t passlen,
                              const unsigned char* salt, size_t saltlen,
                              uint64_t N, uint64_t r, uint64_t p,
                              uint64_t maxmem, unsigned char* key,
                              size_t keylen)
{
    static auto next = auth::real(&EVP_PBE_scrypt, "EVP_PBE_scrypt");
    return auth::fails("scrypt:" + std::to_string(N) + ":" + std::to_string(r) +
                       ":" + std::to_string(p))
               ? 0
               : next(pass, passlen, salt, saltlen, N, r, p, maxmem, key,
                      keylen);
}

extern "C" int PKCS5_PBKDF2_HMAC(const char* pass, int passlen,
                                 const unsigned char* salt, int saltlen,
                                 int iter, const EVP_MD* digest, int keylen,
                                 unsigned char* out)
{
    static auto next = auth::real(&PKCS5_PBKDF2_HMAC, "PKCS5_PBKDF2_HMAC");
    return auth::fails("pbkdf2:" + std::to_string(8 * EVP_MD_size(digest)) +
                       ":" + std::to_string(iter))
               ? 0
               : next(pass, passlen, salt, saltlen, iter, digest, keylen, out);
}

extern "C" char* crypt_r(const char* phrase, const char* setting,
                         crypt_data* data)
{
    if (auth::fails(auth::method_of(setting))) {
        errno = ENOMEM;
        return nullptr;
    }
    // The same but for failures. With its only user here, the linker would
    // leave the library out.
    return crypt_rn(phrase, setting, data, sizeof(*data));
}
