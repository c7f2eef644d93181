#pragma once

#include <optional>
#include <string_view>

namespace auth {

/// The headers of a GET that tell whether a person has followed a link.
/// nullopt: the header is absent.
struct link_evidence {
    std::optional<std::string_view> sec_fetch_site;
    std::optional<std::string_view> sec_fetch_mode;
    std::optional<std::string_view> sec_fetch_dest;
    /// Whether a Referer (or Origin) names another site.
    bool from_elsewhere = false;
    /// Sec-Purpose, Purpose, X-Purpose and X-Moz, joined.
    std::string_view purpose;
    std::optional<std::string_view> accept;
    std::string_view user_agent;
    std::string_view x_requested_with;
};

/// Whether a person has followed a link of this site, or has typed the address.
/// It is false for a browser that guesses where its user will go next
/// (prefetch, preview), and for a script, an image, a frame and a link of
/// another site.
///
/// A browser with Fetch metadata says `navigate` to a `document` from
/// `same-origin` or `none`. A browser without it (plain HTTP, old browsers) has
/// an Accept header that names text/html. A program that is no browser follows
/// only links that its user tells it to follow, and accepts everything.
bool is_followed_link(const link_evidence& evidence) noexcept;

} // namespace auth
