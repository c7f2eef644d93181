#pragma once

#include <optional>
#include <string_view>

namespace auth {

/// What of a request tells a browser's navigation, which is answered with a
/// redirect to the login page, from everything else, which gets a 401.
struct navigation_evidence {
    bool get_or_head = false;
    std::optional<std::string_view> sec_fetch_mode; ///< nullopt: absent
    std::string_view accept;                        ///< empty: absent
    bool x_requested_with = false; ///< whether the header is there
};

/// Sec-Fetch-Mode, where present, alone decides (`navigate`, whatever the
/// method). Else it is a GET or HEAD whose Accept names text/html with a
/// quality above zero; a wildcard is not enough, for scripts and command-line
/// clients send that. X-Requested-With is a script's.
bool is_navigation(const navigation_evidence& evidence) noexcept;

} // namespace auth
