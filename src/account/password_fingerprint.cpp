#include "account/password_fingerprint.h"

#include "base/hex.h"
#include "base/sha256.h"

#include <array>
#include <charconv>
#include <cstddef>

namespace auth {

namespace {

std::string format(std::uint64_t fingerprint)
{
    std::array<unsigned char, sizeof(fingerprint)> bytes{};
    for (std::size_t i = bytes.size(); i-- > 0; fingerprint >>= 8) {
        bytes[i] = fingerprint & 0xff;
    }
    return to_hex(bytes);
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
    const sha256_digest digest = sha256(new_hash);
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
