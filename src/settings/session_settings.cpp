// The directives of a realm about sessions and their cookies.

#include "settings/realm_directives.h"

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

void read_session_zone(const directive& written, realm_settings& to)
{
    to.zone_size = written.size_in_bytes(written[1]);
    if (to.zone_size < 256 * 1024) {
        written.refuse(written[1], "at least 256k");
    }
}

void read_idle_timeout(const directive& written, realm_settings& to)
{
    to.limits.idle_ms = written.milliseconds(written[1]);
}

void read_lifetime(const directive& written, realm_settings& to)
{
    to.limits.lifetime_ms = written.milliseconds(written[1]);
}

void read_limit(const directive& written, realm_settings& to)
{
    to.limits.per_user =
        static_cast<std::uint32_t>(written.number(written[1], 1, 1000000));
}

void read_check(const directive& written, realm_settings& to)
{
    to.limits.check_ms = written.milliseconds(written[1]);
}

bool is_on(const directive& written)
{
    if (written[1] != "on" && written[1] != "off") {
        written.refuse(written[1], "\"on\" or \"off\"");
    }
    return written[1] == "on";
}

void read_session_store(const directive& written, realm_settings& to)
{
    to.limits.is_cache = is_on(written);
}

void read_streams(const directive& written, realm_settings& to)
{
    to.ends_streams = is_on(written);
}

void read_remember(const directive& written, realm_settings& to)
{
    to.limits.remember_ms =
        written[1] == "off" ? 0 : written.milliseconds(written[1]);
}

void read_stale(const directive& written, realm_settings& to)
{
    constexpr std::uint64_t longest_ms = 30 * 60 * 1000;
    to.stale_ms = written.milliseconds(written[1]);
    if (to.stale_ms > longest_ms) {
        written.refuse(written[1], "at most 30m");
    }
}

void read_cookie_name(const directive& written, realm_settings& to)
{
    if (!is_cookie_name(written[1]) || starts_with(written[1], "__")) {
        written.refuse(written[1],
                       "1 to 64 letters, digits and . _ -, without the "
                       "\"__Host-\" that is added by itself");
    }
    to.cookie_name = written[1];
}

void read_cookie_domain(const directive& written, realm_settings& to)
{
    if (!is_domain(written[1])) {
        written.refuse(written[1], "a domain such as \"example.com\", without "
                                   "scheme, port or leading dot");
    }
    to.cookie_domain = written[1];
}

void read_cookie_samesite(const directive& written, realm_settings& to)
{
    if (written[1] != "lax" && written[1] != "strict") {
        written.refuse(written[1], "\"lax\" or \"strict\"");
    }
    to.cookie_strict = written[1] == "strict";
}

void read_cookie_secure(const directive& written, realm_settings& to)
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

} // namespace

std::vector<realm_directive> session_settings()
{
    return {
        {"session_zone", arguments::one, "10m", read_session_zone},
        {"session_idle_timeout", arguments::one, "30m", read_idle_timeout},
        {"session_lifetime", arguments::one, "12h", read_lifetime},
        {"session_limit", arguments::one, "20", read_limit},
        {"session_check", arguments::one, "30s", read_check},
        // The default depends on the store: see complete_settings().
        {"session_store", arguments::one, "", read_session_store},
        {"session_stale", arguments::one, "5m", read_stale},
        {"session_remember", arguments::one, "off", read_remember},
        {"session_streams", arguments::one, "on", read_streams},
        {"cookie_name", arguments::one, "ngx_auth", read_cookie_name},
        {"cookie_domain", arguments::one, "", read_cookie_domain},
        {"cookie_samesite", arguments::one, "lax", read_cookie_samesite},
        {"cookie_secure", arguments::one, "auto", read_cookie_secure},
    };
}

} // namespace auth
