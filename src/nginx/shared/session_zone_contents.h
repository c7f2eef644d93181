#pragma once

// What stands in the zone of a realm's sessions. Private to session_zone.

#include "nginx/shared/session_zone.h"

#include "base/machine_time.h"
#include "metrics/service_counters.h"
#include "session/store_sync.h"

namespace auth {

/// A time that does not jump with the machine's clock, moved so far that a
/// session from before the machine started has a time, too. It is not nginx's,
/// which stands still while the machine is suspended: nobody uses his session
/// meanwhile.
inline std::uint64_t zone_time() noexcept
{
    return static_cast<std::uint64_t>(steady_milliseconds()) +
           (std::uint64_t{1} << 44);
}

/// The beginning of the zone. The table is behind it.
struct session_zone::contents {
    store_sync sync;
    service_counters counters{};
};

} // namespace auth
