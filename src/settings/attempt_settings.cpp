// The directives of a realm about attempts to log in and to register.

#include "settings/realm_directives.h"

namespace auth {

namespace {

std::uint32_t count(const directive& written, std::string_view value)
{
    return static_cast<std::uint32_t>(written.number(value, 0, 1000000));
}

void read_login_limit(const directive& written, realm_settings& to)
{
    to.login_limited = !written.is_off();
    login_limits& limits = to.attempts.login;
    for (std::size_t i = 1; to.login_limited && i < written.size(); ++i) {
        std::string_view value;
        if (parameter(written[i], "user", value)) {
            limits.user = count(written, value);
        } else if (parameter(written[i], "user_total", value)) {
            limits.user_total = count(written, value);
        } else if (parameter(written[i], "device", value)) {
            limits.device = count(written, value);
        } else if (parameter(written[i], "address", value)) {
            limits.address = count(written, value);
        } else if (parameter(written[i], "window", value)) {
            limits.window_ms = written.milliseconds(value);
        } else if (parameter(written[i], "delay", value)) {
            limits.delay_ms = written.milliseconds(value);
        } else {
            written.refuse(written[i],
                           "\"user=N\", \"user_total=N\", \"device=N\", "
                           "\"address=N\", \"window=TIME\", "
                           "\"delay=TIME\" or \"off\"");
        }
    }
}

void read_registration_limit(const directive& written, realm_settings& to)
{
    to.registration_limited = !written.is_off();
    registration_limits& limits = to.attempts.registration;
    for (std::size_t i = 1; to.registration_limited && i < written.size();
         ++i) {
        std::string_view value;
        if (parameter(written[i], "address", value)) {
            limits.address = count(written, value);
        } else if (parameter(written[i], "window", value)) {
            limits.window_ms = written.milliseconds(value);
        } else {
            written.refuse(written[i],
                           "\"address=N\", \"window=TIME\" or \"off\"");
        }
    }
}

void read_attempt_zone(const directive& written, realm_settings& to)
{
    to.attempt_zone_size = written.size_in_bytes(written[1]);
    if (to.attempt_zone_size < 64 * 1024) {
        written.refuse(written[1], "at least 64k");
    }
}

} // namespace

std::vector<realm_directive> attempt_settings()
{
    return {
        {"login_limit", arguments::one_or_more,
         "user=5 user_total=30 device=5 address=20 window=15m delay=15m",
         read_login_limit},
        {"registration_limit", arguments::one_or_more, "address=10 window=1h",
         read_registration_limit},
        {"attempt_zone", arguments::one, "1m", read_attempt_zone},
    };
}

} // namespace auth
