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
    /// What the clock says, and one that nobody sets.
    struct times {
        std::int64_t time_ms, steady_ms;
    };

    /// Whether times that were taken from the clock before need not fit: it has
    /// jumped since note(), or nothing was noted yet, or it was so
    /// `again_after_ms` before.
    bool needs_all(const times& now) const noexcept
    {
        const std::int64_t again = again_at_;
        return has_jumped(now) || (again != 0 && now.steady_ms >= again);
    }

    /// Call it when all that needs_all() asked for has been read; until then
    /// the answer is the same.
    void note(const times& now) noexcept
    {
        if (has_jumped(now)) {
            again_at_ = now.steady_ms + again_after_ms;
        } else if (needs_all(now)) {
            again_at_ = 0;
        }
        ahead_ms_ = now.time_ms - now.steady_ms;
        is_known_ = true;
    }

    /// Whoever writes reads the clock more often.
    static constexpr std::int64_t again_after_ms = 10000;

private:
    bool has_jumped(const times& now) const noexcept
    {
        return !is_known_ ||
               std::abs(now.time_ms - now.steady_ms - ahead_ms_) > tolerated_ms;
    }

    static constexpr std::int64_t tolerated_ms = 1000;

    std::atomic<bool> is_known_{false};
    std::atomic<std::int64_t> ahead_ms_{0};
    std::atomic<std::int64_t> again_at_{0}; ///< in steady time; 0: not
};

} // namespace auth
