#pragma once

#include <cstdint>

namespace auth {

/// What the processes that share a session table share about comparing it with
/// the store whose sessions it holds. It lies in their memory, and the caller
/// holds the table's lock. Times are those of the table.
class store_sync
{
public:
    /// A process that leads renews its lease twice in this time.
    static constexpr std::uint64_t lease_ms = 1000;
    /// After a longer time the store may not tell of all endings any more,
    /// which it forgets after an hour.
    static constexpr std::uint64_t remembers_ms = 30 * 60 * 1000;

    /// A reading of what has ended.
    struct reading {
        std::uint64_t began;
        std::uint64_t since_ms; ///< since the last one
        bool after_failure;     ///< the last try has failed
    };

    explicit store_sync(std::uint64_t now_ms) noexcept
        : read_(now_ms), uses_told_(now_ms)
    {}

    /// Whether this process is the one that compares: it takes or keeps a
    /// lease, which lapses soon after its death.
    bool lead(std::int64_t process, std::uint64_t now_ms) noexcept;

    reading begin(std::uint64_t now_ms) const noexcept;

    /// `store_time` is what the store's clock says then. What it has told is
    /// true of the moment when the reading began.
    void end(const reading& ended, std::int64_t store_time) noexcept;
    void fail() noexcept { failed_ = true; }

    /// Whether the table must forget its sessions before a reading, or after
    /// one that gave this store's time. The store's clock tells of a virtual
    /// machine that was paused, whose own clocks all stand still.
    bool was_cut_off(std::uint64_t now_ms) const noexcept
    {
        return unread_ms(now_ms) > remembers_ms;
    }
    bool was_paused(std::int64_t store_time) const noexcept
    {
        return store_time_ != 0 && store_time - store_time_ >
                                       static_cast<std::int64_t>(remembers_ms);
    }

    /// Since the last reading began.
    std::uint64_t unread_ms(std::uint64_t now_ms) const noexcept
    {
        return now_ms > read_ ? now_ms - read_ : 0;
    }

    /// Up to when the store knows uses of sessions.
    std::uint64_t uses_told() const noexcept { return uses_told_; }
    void note_uses_told(std::uint64_t until) noexcept;

private:
    std::int64_t leader_ = 0;
    std::uint64_t lease_ends_ = 0;
    std::uint64_t read_;
    std::uint64_t uses_told_;
    std::int64_t store_time_ = 0; ///< at the last reading; 0: there was none
    bool failed_ = false;         ///< the last try
};

} // namespace auth
