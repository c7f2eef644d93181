#include "session/store_sync.h"

#include <algorithm>

namespace auth {

bool store_sync::lead(std::int64_t process, std::uint64_t now_ms) noexcept
{
    if (leader_ != process && now_ms < lease_ends_) {
        return false;
    }
    leader_ = process;
    lease_ends_ = now_ms + lease_ms;
    return true;
}

store_sync::reading store_sync::begin(std::uint64_t now_ms) const noexcept
{
    return {now_ms, unread_ms(now_ms), failed_};
}

void store_sync::end(const reading& ended, std::int64_t store_time) noexcept
{
    failed_ = false;
    read_ = std::max(read_, ended.began);
    store_time_ = store_time;
}

void store_sync::note_uses_told(std::uint64_t until) noexcept
{
    uses_told_ = std::max(uses_told_, until);
}

} // namespace auth
