#pragma once

#include <chrono>
#include <cstdint>

namespace auth {

/// Milliseconds since 1970 by this machine's clock.
inline std::int64_t machine_milliseconds() noexcept
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch())
        .count();
}

/// Milliseconds of a clock that nobody sets.
inline std::int64_t steady_milliseconds() noexcept
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(steady_clock::now().time_since_epoch())
        .count();
}

inline std::int64_t steady_seconds() noexcept
{
    return steady_milliseconds() / 1000;
}

} // namespace auth
