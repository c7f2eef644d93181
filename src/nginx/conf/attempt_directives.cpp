// The directives of a realm about attempts to log in and to register, and
// about the secret by which it knows browsers again.

#include "nginx/conf/realm_directives.h"

#include "base/secret.h"
#include "session/derived_key.h"

#include <sys/stat.h>

namespace auth {

namespace {

constexpr std::size_t shortest_secret = 32;

std::uint32_t count(const directive& written, std::string_view value)
{
    return static_cast<std::uint32_t>(written.number(value, 0, 1000000));
}

bool is_off(const directive& written)
{
    if (written[1] != "off") {
        return false;
    }
    if (written.size() > 2) {
        written.refuse(written[2], "absent after \"off\"");
    }
    return true;
}

void refuse_if_others_can_read(const directive& written, std::string_view path)
{
    ngx_str_t full = copy(written.cf()->pool, path);
    struct stat about;
    if (ngx_conf_full_name(written.cf()->cycle, &full, 1) == NGX_OK &&
        stat(reinterpret_cast<char*>(full.data), &about) == 0 &&
        (about.st_mode & S_IROTH) != 0) {
        throw configuration_error(
            quoted(view(full)) +
            " for the \"secret\" directive can be read by everybody, take "
            "that right away (chmod o-rwx)");
    }
}

} // namespace

void set_login_limit(directive written, realm& to)
{
    to.login_limited = !is_off(written);
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

void set_registration_limit(directive written, realm& to)
{
    to.registration_limited = !is_off(written);
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

void set_attempt_zone(directive written, realm& to)
{
    to.attempt_zone_size = written.size_in_bytes(written[1]);
    if (to.attempt_zone_size < 64 * 1024) {
        written.refuse(written[1], "at least 64k");
    }
}

void set_secret(directive written, realm& to)
{
    if (starts_with(written[1], "file:")) {
        refuse_if_others_can_read(written, written[1].substr(5));
    }
    const auto text = read_source(written, written[1]);
    if (!text) {
        // Not repeated in the message: it may be the secret itself.
        throw configuration_error("the \"secret\" directive needs "
                                  "\"file:PATH\" or \"env:NAME\"");
    }
    if (text->size() < shortest_secret) {
        throw configuration_error(
            "the \"secret\" directive needs at least 32 bytes, not " +
            std::to_string(text->size()) +
            "; this makes one: head -c 32 /dev/urandom | base64");
    }
    const std::string_view name = view(to.name);
    to.device_secrets.push_back(
        derive_key(*text, key_purpose::device_cookies, name));
    if (!to.session_key) {
        to.session_key = derive_key(*text, key_purpose::session_tokens, name);
        auto key = derive_key(*text, key_purpose::dummy_hashes, name);
        to.dummy_key =
            secret({reinterpret_cast<const char*>(key.data()), key.size()});
        wipe_memory(key.data(), key.size());
    }
}

} // namespace auth
