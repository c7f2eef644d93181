#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

namespace auth {

/// Milliseconds since 1970 by this machine's clock.
inline std::int64_t machine_milliseconds() noexcept
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch())
        .count();
}

/// Milliseconds of a clock that nobody sets, and that goes on while the machine
/// is suspended: sessions grow old meanwhile, and the clocks of others go on.
/// CLOCK_MONOTONIC, which is std::chrono::steady_clock and nginx's own, stands
/// still then. Take that one for how long a thread waits.
inline std::int64_t steady_milliseconds() noexcept
{
#ifdef CLOCK_BOOTTIME
    constexpr clockid_t clock = CLOCK_BOOTTIME;
#else
    constexpr clockid_t clock = CLOCK_MONOTONIC;
#endif
    timespec now{};
    clock_gettime(clock, &now);
    return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1000000;
}

inline std::int64_t steady_seconds() noexcept
{
    return steady_milliseconds() / 1000;
}

} // namespace auth
