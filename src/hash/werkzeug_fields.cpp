#include "hash/werkzeug_fields.h"

#include "base/hex.h"

#include <algorithm>

namespace auth {

namespace {

bool read_hex(std::string_view digits, std::size_t size, hash_bytes& key)
{
    if (digits.size() != 2 * size || size > key.bytes.size()) {
        return false;
    }
    key.size = size;
    for (std::size_t i = 0; i < size; ++i) {
        const int high = small_hex_digit(digits[2 * i]);
        const int low = small_hex_digit(digits[2 * i + 1]);
        if (high < 0 || low < 0) {
            return false;
        }
        key.bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return true;
}

} // namespace

bool is_salt_text(std::string_view text) noexcept
{
    return !text.empty() && text.size() <= longest_salt &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return c >= '!' && c <= '~'; });
}

bool read_werkzeug_fields(text_reader& input, std::size_t size,
                          std::string& salt, hash_bytes& key)
{
    if (!input.literal("$")) {
        return false;
    }
    salt = input.field();
    return is_salt_text(salt) && input.literal("$") &&
           read_hex(input.field(), size, key) && input.at_end();
}

std::string blank_werkzeug_fields(std::size_t size)
{
    return "$" + std::string(blank_salt) + "$" + std::string(2 * size, '0');
}

} // namespace auth
