#pragma once

#include <optional>
#include <string_view>

namespace auth {

/// What of a request tells a browser's navigation, which is answered with a
/// redirect to the login page, from everything else, which gets a 401.
/// nullopt: the header is absent; other headers are empty then. A repeated
/// header is passed joined by ", ".
struct navigation_evidence {
    enum class method { get_or_head, post, other };

    method asks_by = method::other;
    std::optional<std::string_view> sec_fetch_mode;
    std::optional<std::string_view> sec_fetch_dest;
    std::string_view accept;
    std::string_view user_agent;
    std::string_view content_type;
    std::string_view x_requested_with;
};

/// Whether a person gets to see the answer, in a window or a frame.
///
/// Where Sec-Fetch-Mode is there (Fetch Metadata; browsers send it to https
/// and to the local machine) it has to be `navigate`, and Sec-Fetch-Dest, if
/// there, something that is shown: `empty` is a download.
///
/// Without it, it is a GET, a HEAD or a POST of a form by a User-Agent that
/// begins as every browser's does, which likes nothing better than text/html
/// (RFC 9110, 12.5.1; a wildcard is not enough), and does not say that a
/// script asks.
bool is_navigation(const navigation_evidence& evidence) noexcept;

/// Whether an Accept header names text/html with a quality above zero.
bool accepts_html(std::string_view accept) noexcept;

} // namespace auth
