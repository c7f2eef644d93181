#pragma once

#include <cstdint>
#include <string>

namespace auth {

/// Seconds since 1970 as `2026-01-02T03:04:05Z`. Empty if the year is out of
/// range.
std::string utc_time(std::int64_t seconds);

} // namespace auth
