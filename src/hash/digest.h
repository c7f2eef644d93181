#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string_view>

namespace auth {

/// A digest that this OpenSSL has, or null.
struct digest_deleter {
    void operator()(EVP_MD* digest) const noexcept { EVP_MD_free(digest); }
};
using digest_pointer = std::unique_ptr<EVP_MD, digest_deleter>;

/// Looks for a digest that HMAC can use. The name is OpenSSL's, or that of
/// Python's hashlib (`sha3_256`), in capitals or not.
digest_pointer find_digest(std::string_view name);

/// Throws std::runtime_error with OpenSSL's reason, and clears the thread's
/// queue of errors: an error that stays there would be taken for that of a
/// later call.
[[noreturn]] void throw_openssl_error(std::string_view what);

} // namespace auth
