#include "bcrypt_hash.h"

#include "text_reader.h"
#include "wipe_guard.h"

#include <crypt.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <string>
#include <system_error>

namespace auth {

namespace {

constexpr std::size_t setting_size = 29; // `$2b$12$` and the salt
constexpr std::size_t whole_size = 60;
constexpr std::size_t longest_phrase = 72;
constexpr int min_cost = 4;
constexpr int max_cost = 15;

bool is_base64_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || c == '.' || c == '/';
}

bool is_usable(std::string_view stored)
{
    text_reader input(stored);
    if (!input.literal("$2b$") && !input.literal("$2a$") &&
        !input.literal("$2y$")) {
        return false;
    }
    std::string_view digits = input.field();
    if (digits.size() != 2 || digits[0] < '0' || digits[0] > '9' ||
        digits[1] < '0' || digits[1] > '9') {
        return false;
    }
    int cost = (digits[0] - '0') * 10 + (digits[1] - '0');
    if (cost < min_cost || cost > max_cost || !input.literal("$")) {
        return false;
    }
    std::string_view rest = input.field();
    return stored.size() == whole_size && input.at_end() &&
           std::all_of(rest.begin(), rest.end(), is_base64_digit);
}

} // namespace

verdict verify_bcrypt(std::string_view password, std::string_view stored)
{
    if (!is_usable(stored)) {
        return verdict::unusable;
    }
    // libcrypt's `$2a$` departs from everybody else's for a few phrases that
    // are no UTF-8, so all three are computed as the one that is right.
    std::string setting("$2b$");
    setting += stored.substr(setting.size(), setting_size - setting.size());

    // It refuses phrases of 512 bytes and more, where others cut.
    std::array<char, longest_phrase + 1> phrase{};
    wipe_guard phrase_guard(phrase.data(), phrase.size());
    password.copy(phrase.data(), longest_phrase);

    auto work = std::make_unique<crypt_data>();
    wipe_guard work_guard(work.get(), sizeof(*work));
    const char* made = crypt_r(phrase.data(), setting.c_str(), work.get());
    if (made == nullptr || std::string_view(made).size() != whole_size) {
        throw std::system_error(errno, std::generic_category(),
                                "bcrypt password hash failed");
    }
    // Without the salt, whose last digit has bits to spare that some programs
    // leave set.
    bool same = CRYPTO_memcmp(made + setting_size, stored.data() + setting_size,
                              whole_size - setting_size) == 0;
    bool whole = password.find('\0') == std::string_view::npos;
    return same && whole ? verdict::match : verdict::mismatch;
}

std::string blank_bcrypt(std::string_view stored)
{
    if (!is_usable(stored)) {
        return {};
    }
    std::string blank("$2b$");
    blank += stored.substr(blank.size(), 3); // the cost and a `$`
    blank.resize(whole_size, '.');           // the digit 0
    return blank;
}

} // namespace auth
