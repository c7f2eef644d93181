#include "hash/digest.h"

#include <openssl/err.h>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace auth {

namespace {

constexpr std::size_t longest_name = 24;

bool is_name(std::string_view name)
{
    return !name.empty() && name.size() <= longest_name &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                      c == '/';
           });
}

/// Names of hashlib for which OpenSSL has other names.
std::string openssl_name(std::string_view name)
{
    if (name == "blake2b") {
        return "BLAKE2b512";
    }
    if (name == "blake2s") {
        return "BLAKE2s256";
    }
    std::string text(name);
    std::replace(text.begin(), text.end(), '_', '-');
    return text;
}

} // namespace

digest_pointer find_digest(std::string_view name)
{
    if (!is_name(name)) {
        return nullptr;
    }
    ERR_set_mark();
    digest_pointer digest(
        EVP_MD_fetch(nullptr, openssl_name(name).c_str(), nullptr));
    ERR_pop_to_mark();
    const bool usable = digest != nullptr &&
                        EVP_MD_get_size(digest.get()) > 0 &&
                        (EVP_MD_get_flags(digest.get()) & EVP_MD_FLAG_XOF) == 0;
    return usable ? std::move(digest) : nullptr;
}

void throw_openssl_error(std::string_view what)
{
    const char* reason = ERR_reason_error_string(ERR_peek_error());
    const std::string text = std::string(what) + " password hash failed: " +
                             (reason != nullptr ? reason : "no reason given");
    ERR_clear_error();
    throw std::runtime_error(text);
}

} // namespace auth
