#pragma once

#include <optional>
#include <string_view>

namespace auth {

/// What of a GET tells whether a person has followed a link. nullopt: the
/// header is absent.
struct link_evidence {
    std::optional<std::string_view> sec_fetch_site;
    std::optional<std::string_view> sec_fetch_mode;
    std::optional<std::string_view> sec_fetch_dest;
    /// Whether a Referer (or Origin) names another site.
    bool from_elsewhere = false;
    /// Sec-Purpose, Purpose and their kin, joined.
    std::string_view purpose;
    std::optional<std::string_view> accept;
    std::string_view user_agent;
    std::string_view x_requested_with;
};

/// Whether a person has followed a link of this site to a page, or typed its
/// address. A browser that guesses where its user will go next (prefetch,
/// preview), a script, an image, a frame or another site's link has not.
///
/// A browser with Fetch metadata says `navigate` to a `document` from
/// `same-origin` or `none`. Without (plain HTTP, older ones) it is known by an
/// Accept that names text/html. A program that is no browser follows the links
/// that its user tells it to, and accepts everything.
bool is_followed_link(const link_evidence& evidence) noexcept;

} // namespace auth
