// The directives of a realm about sessions and their cookies.

#include "nginx/conf/realm_directives.h"

#include <algorithm>
#include <cctype>

namespace auth {

namespace {

bool is_cookie_name(std::string_view name) noexcept
{
    return !name.empty() && name.size() <= 64 &&
           std::all_of(name.begin(), name.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.';
           });
}

bool is_domain(std::string_view name) noexcept
{
    return name.size() > 2 && name.front() != '.' && name.back() != '.' &&
           name.find('.') != std::string_view::npos &&
           std::all_of(name.begin(), name.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '-' || c == '.';
           });
}

} // namespace

void set_session_zone(directive written, realm& to)
{
    to.zone_size = written.size_in_bytes(written[1]);
    if (to.zone_size < 256 * 1024) {
        written.refuse(written[1], "at least 256k");
    }
}

void set_session_idle_timeout(directive written, realm& to)
{
    to.limits.idle_ms = written.milliseconds(written[1]);
}

void set_session_lifetime(directive written, realm& to)
{
    to.limits.lifetime_ms = written.milliseconds(written[1]);
}

void set_session_limit(directive written, realm& to)
{
    to.limits.per_user =
        static_cast<std::uint32_t>(written.number(written[1], 1, 1000000));
}

void set_session_check(directive written, realm& to)
{
    to.limits.check_ms = written.milliseconds(written[1]);
}

void set_cookie_name(directive written, realm& to)
{
    if (!is_cookie_name(written[1]) || starts_with(written[1], "__")) {
        written.refuse(written[1],
                       "1 to 64 letters, digits and . _ -, without the "
                       "\"__Host-\" that is added by itself");
    }
    to.cookie_name = written[1];
}

void set_cookie_domain(directive written, realm& to)
{
    if (!is_domain(written[1])) {
        written.refuse(written[1], "a domain such as \"example.com\", without "
                                   "scheme, port or leading dot");
    }
    to.cookie_domain = written[1];
}

void set_cookie_samesite(directive written, realm& to)
{
    if (written[1] != "lax" && written[1] != "strict") {
        written.refuse(written[1], "\"lax\" or \"strict\"");
    }
    to.cookie_strict = written[1] == "strict";
}

void set_cookie_secure(directive written, realm& to)
{
    if (written[1] == "auto") {
        to.cookie_secure = cookie_secure_mode::automatic;
    } else if (written[1] == "on") {
        to.cookie_secure = cookie_secure_mode::on;
    } else if (written[1] == "off") {
        to.cookie_secure = cookie_secure_mode::off;
    } else {
        written.refuse(written[1], "\"auto\", \"on\" or \"off\"");
    }
}

} // namespace auth
