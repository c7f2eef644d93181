#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string_view>

namespace auth {

/// A digest that OpenSSL has here and now, or null.
struct digest_deleter {
    void operator()(EVP_MD* digest) const noexcept { EVP_MD_free(digest); }
};
using digest_pointer = std::unique_ptr<EVP_MD, digest_deleter>;

/// Looks for a digest that HMAC can take by OpenSSL's name or that of Python's
/// hashlib (`sha3_256`), in capitals or not.
digest_pointer find_digest(std::string_view name);

/// Throws std::runtime_error with the reason that OpenSSL gives, and clears
/// it: what stays in the thread's queue would be taken for somebody else's.
[[noreturn]] void throw_openssl_error(std::string_view what);

} // namespace auth
