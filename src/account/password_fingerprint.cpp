#include "account/password_fingerprint.h"

#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <cstddef>
#include <stdexcept>

namespace auth {

namespace {

constexpr std::size_t digits = 16;

std::string format(std::uint64_t fingerprint)
{
    constexpr std::string_view alphabet = "0123456789abcdef";
    std::string text(digits, '0');
    for (std::size_t i = digits; i-- > 0; fingerprint >>= 4) {
        text[i] = alphabet[fingerprint & 15];
    }
    return text;
}

/// 16 small hexadecimal digits.
bool parse(std::string_view text, std::uint64_t& fingerprint)
{
    const char* end = text.data() + text.size();
    auto read = std::from_chars(text.data(), end, fingerprint, 16);
    return read.ec == std::errc() && read.ptr == end &&
           format(fingerprint) == text;
}

} // namespace

std::uint64_t password_fingerprint(std::string_view new_hash)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    if (EVP_Digest(new_hash.data(), new_hash.size(), digest.data(), nullptr,
                   EVP_sha256(), nullptr) != 1) {
        throw std::runtime_error("SHA-256 failed");
    }
    std::uint64_t fingerprint = 0;
    for (std::size_t i = 0; i < sizeof(fingerprint); ++i) {
        fingerprint = fingerprint << 8 | digest[i];
    }
    return fingerprint;
}

std::uint64_t password_fingerprint(const stored_user& user)
{
    std::uint64_t own = password_fingerprint(user.password.view());
    std::string_view note = user.password_origin;
    std::uint64_t origin = 0;
    std::size_t colon = note.find(':');
    bool is_about_this_hash = colon != std::string_view::npos &&
                              note.substr(colon + 1) == format(own) &&
                              parse(note.substr(0, colon), origin);
    return is_about_this_hash ? origin : own;
}

std::string origin_of_rehash(const stored_user& user, std::string_view new_hash)
{
    return format(password_fingerprint(user)) + ":" +
           format(password_fingerprint(new_hash));
}

} // namespace auth
