#include "web/followed_link.h"

#include "web/navigation.h"
#include "web/url_encoding.h"

#include "base/ascii.h"

#include <algorithm>

namespace auth {

namespace {

bool holds(std::string_view text, std::string_view word) noexcept
{
    return std::search(text.begin(), text.end(), word.begin(), word.end(),
                       [](char a, char b) { return ascii_lower(a) == b; }) !=
           text.end();
}

/// What Sec-Purpose, Purpose, X-Purpose and X-Moz say if the browser guesses.
bool is_guess(std::string_view purpose) noexcept
{
    return holds(purpose, "prefetch") || holds(purpose, "preview") ||
           holds(purpose, "prerender");
}

bool has_fetch_metadata(const link_evidence& evidence) noexcept
{
    return evidence.sec_fetch_site || evidence.sec_fetch_mode ||
           evidence.sec_fetch_dest;
}

bool is_navigation_from_here(const link_evidence& evidence) noexcept
{
    return evidence.sec_fetch_mode == "navigate" &&
           evidence.sec_fetch_dest == "document" &&
           (evidence.sec_fetch_site == "same-origin" ||
            evidence.sec_fetch_site == "none");
}

bool is_browser(const link_evidence& evidence) noexcept
{
    constexpr std::string_view mozilla = "Mozilla/";
    return evidence.user_agent.substr(0, mozilla.size()) == mozilla;
}

bool accepts_everything(const link_evidence& evidence) noexcept
{
    return !evidence.accept || trim_ows(*evidence.accept) == "*/*";
}

} // namespace

bool is_followed_link(const link_evidence& evidence) noexcept
{
    if (is_guess(evidence.purpose)) {
        return false;
    }
    if (has_fetch_metadata(evidence)) {
        return is_navigation_from_here(evidence);
    }
    if (evidence.from_elsewhere ||
        equal_ignoring_case(evidence.x_requested_with, "XMLHttpRequest")) {
        return false;
    }
    return accepts_html(evidence.accept.value_or(std::string_view{})) ||
           (!is_browser(evidence) && accepts_everything(evidence));
}

} // namespace auth
