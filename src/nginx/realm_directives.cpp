#include "nginx/realm_directives.h"

#include "nginx/configuration.h"
#include "nginx/headers.h"

#include "account/username.h"
#include "web/request_origin.h"
#include "web/return_url.h"

#include <algorithm>
#include <cstdlib>

namespace auth {

namespace {

constexpr const char* store_forms =
    "\"sqlite:PATH\", \"mongodb://HOST/DATABASE\", "
    "\"mongodb+srv://HOST/DATABASE\", \"env:NAME\" or \"file:PATH\"";

bool starts_with(std::string_view text, std::string_view start) noexcept
{
    return text.substr(0, start.size()) == start;
}

/// Reads a variable of nginx's environment, and keeps it for the next binary:
/// at an upgrade the new master gets only what `env` names.
std::string read_environment(const directive& from, std::string_view name)
{
    const ngx_str_t kept = copy(from.cf()->cycle->pool, name);
    const char* value = std::getenv(reinterpret_cast<char*>(kept.data));
    if (value == nullptr || *value == '\0') {
        throw configuration_error(
            "environment variable " + quoted(name) + " named in the " +
            quoted(from.name()) +
            " directive is not set, set it where nginx is started");
    }
    auto* core = reinterpret_cast<ngx_core_conf_t*>(
        ngx_get_conf(from.cf()->cycle->conf_ctx, ngx_core_module));
    auto* entry = static_cast<ngx_str_t*>(ngx_array_push(&core->env));
    if (entry == nullptr) {
        throw std::bad_alloc();
    }
    *entry = kept;
    return value;
}

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

void set_store(directive written, realm& to)
{
    std::string_view text = written[1];
    std::string fetched;
    if (starts_with(text, "env:")) {
        fetched = read_environment(written, text.substr(4));
        text = fetched;
    } else if (starts_with(text, "file:")) {
        fetched = read_small_file(written, text.substr(5));
        text = fetched;
    }
    std::string path;
    if (starts_with(text, "sqlite:") && text.size() > 7 && text[7] != '/') {
        // As nginx does for its own files: relative to its prefix.
        ngx_str_t full = copy(written.cf()->pool, text.substr(7));
        if (ngx_conf_full_name(written.cf()->cycle, &full, 0) != NGX_OK) {
            throw std::bad_alloc();
        }
        path = "sqlite:" + std::string(view(full));
        text = path;
    }
    std::string problem;
    if (text.find(':') == std::string_view::npos) {
        throw configuration_error(
            std::string("the \"store\" directive needs ") + store_forms);
    }
    if (!parse_store_uri(text, to.store, problem)) {
        throw configuration_error("\"store\" directive: " + problem);
    }
    to.has_store = true;
}

void set_templates(directive written, realm& to)
{
    ngx_str_t folder = written.text(1);
    if (ngx_conf_full_name(written.cf()->cycle, &folder, 1) != NGX_OK) {
        throw std::bad_alloc();
    }
    to.templates = view(folder);
}

void set_thread_pool(directive written, realm& to)
{
    to.threads = ngx_thread_pool_add(written.cf(), &written.text(1));
    if (to.threads == nullptr) {
        throw std::bad_alloc();
    }
}

void set_session_zone(directive written, realm& to)
{
    to.zone_size = written.size_in_bytes(written[1]);
    if (to.zone_size < 8 * ngx_pagesize ||
        session_table::capacity_for(to.zone_size - 4 * ngx_pagesize) == 0) {
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
    if (written[1] == flash_cookie_name || written[1] == device_cookie_name) {
        written.refuse(written[1], "another name, this one has its own use");
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

void set_password_hash(directive written, realm& to)
{
    if (written[1] != "argon2id") {
        written.refuse(written[1], "\"argon2id\"");
    }
    for (std::size_t i = 2; i < written.size(); ++i) {
        std::string_view value;
        if (parameter(written[i], "memory", value)) {
            const std::size_t kib = written.size_in_bytes(value) / 1024;
            if (kib > 1024 * 1024) {
                written.refuse(value, "at most 1024m");
            }
            to.cost.memory_kib = static_cast<std::uint32_t>(kib);
        } else if (parameter(written[i], "time", value)) {
            to.cost.time =
                static_cast<std::uint32_t>(written.number(value, 1, 16));
        } else if (parameter(written[i], "lanes", value)) {
            to.cost.lanes =
                static_cast<std::uint32_t>(written.number(value, 1, 16));
        } else {
            written.refuse(written[i],
                           "\"memory=SIZE\", \"time=N\" or \"lanes=N\"");
        }
    }
    if (!to.cost.meets_floor()) {
        throw configuration_error(
            "\"password_hash\" is below the floor, use at least one of "
            "memory=46m time=1, memory=19m time=2, memory=12m time=3, "
            "memory=9m time=4, memory=7m time=5");
    }
}

void set_password_concurrency(directive written, realm& to)
{
    to.concurrency = written.number(written[1], 1, 1024);
    if (written.size() > 2) {
        std::string_view value;
        if (!parameter(written[2], "queue", value)) {
            written.refuse(written[2], "\"queue=M\"");
        }
        to.queue = written.number(value, 0, 512);
    }
}

void set_password_policy(directive written, realm& to)
{
    for (std::size_t i = 1; i < written.size(); ++i) {
        std::string_view value;
        if (parameter(written[i], "min", value)) {
            to.policy.min =
                static_cast<unsigned>(written.number(value, 1, 1024));
        } else if (parameter(written[i], "max", value)) {
            to.policy.max =
                static_cast<unsigned>(written.number(value, 1, 1024));
        } else if (parameter(written[i], "strength", value)) {
            to.policy.strength =
                static_cast<unsigned>(written.number(value, 0, 4));
        } else {
            written.refuse(written[i],
                           "\"min=N\", \"max=N\" or \"strength=0…4\"");
        }
    }
}

void set_username_reserved(directive written, realm& to)
{
    to.reserved.clear();
    if (written.size() == 2 && written[1] == "off") {
        return;
    }
    const auto add = [&](std::string_view name) {
        const std::string folded = fold_username(name);
        if (check_new_username(folded) != username_problem::none) {
            written.refuse(name, "a name that could be registered, \"off\" or "
                                 "\"file:PATH\"");
        }
        to.reserved.insert(folded);
    };
    for (std::size_t i = 1; i < written.size(); ++i) {
        if (!starts_with(written[i], "file:")) {
            add(written[i]);
            continue;
        }
        std::string names = read_small_file(written, written[i].substr(5));
        for (std::size_t at = 0; at < names.size();) {
            const std::size_t end = names.find_first_of(" \t\r\n", at);
            const std::string_view name =
                std::string_view(names).substr(at, end - at);
            if (!name.empty()) {
                add(name);
            }
            at = end == std::string::npos ? names.size() : end + 1;
        }
    }
}

/// Attempts are not limited by this version: only `off` may be written, so
/// that nobody believes in a limit that is not there.
void set_attempt_limit(directive written, realm&)
{
    if (written.size() != 2 || written[1] != "off") {
        throw configuration_error(quoted(written.name()) +
                                  " takes only \"off\" in this version");
    }
}

void set_origin(directive written, realm& to)
{
    for (std::size_t i = 1; i < written.size(); ++i) {
        const std::optional<std::string> origin = parse_origin(written[i]);
        if (!origin) {
            written.refuse(written[i], "an origin without a path such as "
                                       "\"https://www.example.com\"");
        }
        to.origins.push_back(*origin);
    }
}

void set_url(directive written, realm& to)
{
    static constexpr std::string_view names[] = {"home_url",   "register_url",
                                                 "login_url",  "dashboard_url",
                                                 "logout_url", "account_url"};
    if (!is_valid_return_url(written[1], {}) ||
        written[1].find_first_of("?# \"") != std::string_view::npos) {
        written.refuse(written[1], "a path of this site such as \"/login\", "
                                   "without scheme, host or arguments");
    }
    const auto* which =
        std::find(std::begin(names), std::end(names), written.name());
    to.urls[which - std::begin(names)] = written.text(1);
}

void set_identity_header(directive written, realm& to)
{
    to.user_header = {};
    to.roles_header = {};
    if (written[1] == "off") {
        if (written.size() > 2) {
            written.refuse(written[2], "absent after \"off\"");
        }
        return;
    }
    const auto header = [&](std::string_view name) {
        if (!is_identity_header_name(name)) {
            written.refuse(name, "a header name of letters, digits and -, "
                                 "that nginx and HTTP do not use themselves");
        }
        return make_identity_header(written.cf()->pool, name);
    };
    to.user_header = header(written[1]);
    if (written.size() > 2) {
        std::string_view value;
        if (!parameter(written[2], "roles", value)) {
            written.refuse(written[2], "\"roles=NAME\"");
        }
        to.roles_header = header(value);
        if (to.roles_header.folded == to.user_header.folded) {
            written.refuse(value, "another name than the user's header");
        }
    }
}

} // namespace auth
