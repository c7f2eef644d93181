#include "base/base64.h"

namespace auth {

bool decode_base64(std::string_view text, const base64_alphabet& alphabet,
                   std::uint8_t* bytes, std::size_t room,
                   std::size_t& size) noexcept
{
    size = 0;
    if (text.size() / 4 * 3 > room) {
        return false;
    }
    bool fits = true;
    const bool decoded = decode_base64(text, alphabet, [&](std::uint8_t byte) {
        fits = fits && size < room;
        if (fits) {
            bytes[size++] = byte;
        }
    });
    return decoded && fits;
}

bool decode_padded_base64(std::string_view text, std::uint8_t* bytes,
                          std::size_t room, std::size_t& size) noexcept
{
    if (text.size() % 4 != 0) {
        return false;
    }
    for (int padding = 0; padding < 2; ++padding) {
        if (!text.empty() && text.back() == '=') {
            text.remove_suffix(1);
        }
    }
    return decode_base64(text, standard_base64, bytes, room, size);
}

} // namespace auth
