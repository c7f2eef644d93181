#include "store/user_store.h"

#include "base/hex.h"
#include "base/random_bytes.h"

#include <array>
#include <ctime>

namespace auth {

std::string new_user_id()
{
    std::array<unsigned char, 12> id{};
    const std::size_t time_bytes = 4;

    // An ObjectId begins with the second in which it was made, so ids sort by
    // registration. The rest is random and no counter, so that nobody can guess
    // ids.
    auto seconds = static_cast<std::uint32_t>(std::time(nullptr));
    for (std::size_t i = 0; i < time_bytes; ++i) {
        id[i] = static_cast<unsigned char>(seconds >> (24 - 8 * i));
    }

    require_random(&id[time_bytes], id.size() - time_bytes);
    return to_hex(id);
}

bool is_user_id(std::string_view text) noexcept
{
    return text.size() == 24 && is_small_hex(text);
}

} // namespace auth
