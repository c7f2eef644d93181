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

} // namespace auth
