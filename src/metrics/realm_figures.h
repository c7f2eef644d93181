#pragma once

#include "metrics/service_counters.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace auth {

/// What a realm does at this moment.
struct realm_figures {
    std::uint32_t sessions; ///< in the zone
    std::uint32_t capacity; ///< of the zone
    // Of all realms of this nginx:
    std::uint32_t hashes_running, hashes_waiting;

    /// How far the zone is in step with the store.
    struct kept_sessions {
        std::uint64_t unread_ms; ///< since the store was last read
        std::uint64_t stale_ms;  ///< for how long sessions are not believed
        std::uint32_t untold;    ///< ended, and the store does not know it
    };
    std::optional<kept_sessions> kept; ///< with `session_store on`
};

/// The figures and the counters of a realm in Prometheus' text format.
/// docs/operating.md says what each of them means.
std::string prometheus_page(std::string_view realm, const realm_figures& now,
                            const service_counters& since_start);

} // namespace auth
