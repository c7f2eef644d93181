#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace auth {

// `form-action 'self'` of a page holds for every redirect that follows when
// one of its forms is sent (CSP Level 3, 6.5.1, as Chromium enforces it): a
// login whose `next` leads on to another origin is stopped there.

/// Whether an absolute URL, such as a Referer, has one of these paths. Its
/// scheme and host are not looked at.
bool has_path_of(std::string_view url,
                 const std::vector<std::string_view>& paths);

/// Whether the redirect `location`, as a browser reads it (WHATWG URL), leads
/// where `form-action 'self'` of the page at the URL `page` forbids: to
/// another origin, to another scheme (an application's), or from https to
/// http. From http to https of the same host is allowed.
///
/// False as well for what no browser should be made to open by other means
/// than a Location: schemes whose URLs are documents or scripts themselves,
/// and anything with a control character in it.
bool leaves_form_origin(std::string_view location, std::string_view page);

/// The value of a Refresh header that leads at once to where the Location
/// would have led. Browsers read a Location's bytes beyond ASCII as they are
/// and a Refresh's as Latin-1, so they are percent-encoded, as browsers do.
std::string refresh_to(std::string_view location);

} // namespace auth
