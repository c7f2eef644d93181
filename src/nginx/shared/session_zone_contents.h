#pragma once

// What stands in the zone of a realm's sessions. Private to session_zone.

#include "nginx/shared/session_zone.h"

#include "metrics/service_counters.h"
#include "session/store_sync.h"

namespace auth {

/// nginx's monotonic time, moved so far that a session from before the machine
/// started has a time, too.
inline std::uint64_t zone_time() noexcept
{
    return ngx_current_msec + (std::uint64_t{1} << 44);
}

/// The beginning of the zone. The table is behind it.
struct session_zone::contents {
    store_sync sync;
    service_counters counters{};
};

} // namespace auth
