// A redirect after one of our forms, a line each: the path of a page, the URL
// of the page that the browser was on, and the redirect's Location.

#include "target.h"

#include "web/form_redirect.h"
#include "web/request_origin.h"
#include "web/return_url.h"

#include <algorithm>

namespace auth::fuzz {

namespace {

bool is_control(char c)
{
    return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
}

/// Whether a URL begins with an origin that we know how to spell.
bool has_origin(std::string_view url)
{
    const std::size_t host = url.find("://");
    return host != url.npos &&
           parse_origin(url.substr(0, url.find_first_of("/?#\\", host + 3)));
}

void check_location(std::string_view location, std::string_view page)
{
    const bool leaves = leaves_form_origin(location, page);
    if (std::any_of(location.begin(), location.end(), is_control)) {
        HOLDS(!leaves);
        return;
    }

    const std::string refresh = refresh_to(location);
    HOLDS(refresh.substr(0, 6) == "0;url=");
    HOLDS(std::all_of(refresh.begin(), refresh.end(),
                      [](char c) { return c >= ' ' && c < 0x7f; }));
    const std::string target = refresh.substr(6);
    HOLDS(leaves_form_origin(target, page) == leaves);
    HOLDS(refresh_to(target) == refresh);

    const std::string start = lower(target.substr(0, 11));
    if (start == "javascript:" || start.substr(0, 5) == "data:") {
        HOLDS(!leaves);
    }
    // One slash alone never names another host.
    if (target.find('\\') == target.npos && target.substr(0, 1) == "/" &&
        target.substr(0, 2) != "//") {
        HOLDS(!leaves);
    }
}

} // namespace

void run(std::string_view input)
{
    const exact_bytes path(take_line(input)), page(take_line(input)),
        location(input);

    check_location(location.view(), page.view());
    check_location(page.view(), location.view());
    if (has_origin(page.view())) {
        HOLDS(!leaves_form_origin(page.view(), page.view()));
    }

    HOLDS(is_same_path(path.view(), path.view()));
    HOLDS(is_same_path(path.view(), location.view()) ==
          is_same_path(location.view(), path.view()));
    HOLDS(!has_path_of(page.view(), {}));
    if (has_path_of(page.view(), {path.view()})) {
        HOLDS(has_path_of(page.view(), {location.view(), path.view()}));
        HOLDS(page.view().find("://") != std::string_view::npos);
    }
}

} // namespace auth::fuzz
