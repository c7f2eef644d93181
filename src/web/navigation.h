#pragma once

#include <optional>
#include <string_view>

namespace auth {

/// The headers that tell whether a browser navigates. A navigation is
/// redirected to the login page, and every other request gets a 401. An absent
/// header is nullopt or empty. A repeated header is joined by ", ".
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

/// Whether a person will see the answer, in a window or a frame.
///
/// Browsers send Sec-Fetch-Mode (Fetch Metadata) to https and to the local
/// machine. A navigation has the mode `navigate`, and a Sec-Fetch-Dest, if
/// there is one, that is shown: `empty` is a download.
///
/// Without Sec-Fetch-Mode a navigation is a GET, a HEAD or a POST of a form.
/// Its User-Agent begins as that of every browser does. Its Accept likes
/// nothing better than text/html (RFC 9110, 12.5.1; a wildcard is not enough).
/// And it does not say that a script has sent it.
bool is_navigation(const navigation_evidence& evidence) noexcept;

/// Whether an Accept header names text/html with a quality above zero.
bool accepts_html(std::string_view accept) noexcept;

} // namespace auth
