#pragma once

#include <atomic>
#include <cstdint>
#include <cstdlib>

namespace auth {

/// Notices that a clock was set, or is another one than before. All functions
/// may be called from several threads at once.
class clock_jumps
{
public:
    /// Notes the time by the clock, and by one that nobody sets. Returns
    /// whether times that were taken from it before need not fit: it has
    /// jumped, or is noted for the first time, or was so `again_after_ms` ago.
    bool note(std::int64_t time_ms, std::int64_t steady_ms) noexcept
    {
        const std::int64_t ahead = time_ms - steady_ms;
        const std::int64_t before = ahead_ms_.exchange(ahead);
        if (!is_known_.exchange(true) ||
            std::abs(ahead - before) > tolerated_ms) {
            again_at_ = steady_ms + again_after_ms;
            return true;
        }
        std::int64_t again = again_at_;
        return again != 0 && steady_ms >= again &&
               again_at_.compare_exchange_strong(again, 0);
    }

    /// Whoever writes reads the clock more often.
    static constexpr std::int64_t again_after_ms = 10000;

private:
    static constexpr std::int64_t tolerated_ms = 1000;

    std::atomic<bool> is_known_{false};
    std::atomic<std::int64_t> ahead_ms_{0};
    std::atomic<std::int64_t> again_at_{0}; ///< in steady time; 0: not
};

} // namespace auth
