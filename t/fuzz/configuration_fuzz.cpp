// A directive inside auth_realm: its name and arguments, a line each. What is
// accepted is what docs/directives.md allows.

#include "target.h"

#include "account/username.h"
#include "settings/realm_directives.h"
#include "store/mongo_field.h"
#include "web/cookies.h"
#include "web/header_name.h"
#include "web/request_origin.h"
#include "web/return_url.h"

#include <algorithm>

namespace auth::fuzz {

namespace {

constexpr std::string_view mark = "Zq9xW7"; // as in store_uri_fuzz.cpp

bool is_made_of(std::string_view text, std::string_view more)
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               (c >= '0' && c <= '9') || more.find(c) != more.npos;
    });
}

/// Whether the mark stands where a URI has the password, and nowhere else.
bool names_secret(std::string_view uri)
{
    return uri.substr(0, 18) == "mongodb://x:Zq9xW7" &&
           uri.find('@') != uri.npos && uri.find(mark) == uri.rfind(mark);
}

void check_times(const realm_settings& settings)
{
    for (const std::uint64_t time :
         {settings.limits.idle_ms, settings.limits.lifetime_ms,
          settings.limits.check_ms}) {
        HOLDS(time > 0 && time < UINT64_MAX / 2);
    }
    HOLDS(settings.limits.per_user >= 1);
    HOLDS(settings.zone_size >= 256 * 1024);
}

void check_cookie(const realm_settings& settings)
{
    HOLDS(settings.cookie_name.size() <= 64 &&
          is_made_of(settings.cookie_name, "._-"));
    HOLDS(settings.cookie_domain.empty() ||
          is_made_of(settings.cookie_domain, ".-"));
    set_cookie cookie;
    cookie.name = settings.cookie_name;
    cookie.value = "v";
    cookie.domain = settings.cookie_domain;
    const wiped_string sent = format_set_cookie(cookie);
    cookie_values values(sent, settings.cookie_name);
    std::string_view value;
    HOLDS(values.next(value) && value == "v");
    HOLDS(!values.next(value));
}

void check_limits(const realm_settings& settings)
{
    const login_limits& login = settings.attempts.login;
    for (const std::uint32_t limit :
         {login.user, login.user_total, login.device, login.address,
          settings.attempts.registration.address}) {
        HOLDS(limit <= 1000000);
    }
    HOLDS(login.window_ms != 0 && login.delay_ms != 0);
    HOLDS(settings.attempts.registration.window_ms != 0);
    HOLDS(settings.attempt_zone_size >= std::size_t{64} * 1024);
}

void check_password(const realm_settings& settings)
{
    HOLDS(settings.cost.meets_floor() && settings.cost.within_cap());
    HOLDS(settings.policy.strength <= 4);
    HOLDS(settings.policy.min >= 1 && settings.policy.min <= 1024);
    HOLDS(settings.policy.max >= 1 && settings.policy.max <= 1024);
    for (const std::string& name : settings.reserved) {
        HOLDS(check_new_username(name) == username_problem::none);
    }
}

void check_schema(const user_schema& settings)
{
    std::vector<std::string> paths{settings.username, settings.password,
                                   settings.roles, settings.disabled};
    paths.insert(paths.end(), settings.active.begin(), settings.active.end());
    HOLDS(!settings.collection.empty());
    // A new user's document has each of them, in its place.
    bson_document flat;
    bson_document nested;
    for (const std::string& path : paths) {
        flat.text(path.c_str(), path);
    }
    nest_fields(flat, nested);
    for (const std::string& path : paths) {
        bson_iter_t field;
        HOLDS(find_field(*nested.get(), path, field));
        HOLDS(text_of(field) == path);
    }
}

void check_store(const realm_settings& settings, std::string_view written)
{
    HOLDS(settings.is_written("store") && !settings.store.redacted.empty());
    HOLDS(!names_secret(written) ||
          settings.store.redacted.find(mark) == std::string::npos);
}

void check_addresses(const realm_settings& settings)
{
    for (const std::string& origin : settings.origins) {
        HOLDS(parse_origin(origin) == origin);
    }
    for (const std::string& url : settings.urls) {
        HOLDS(url.empty() || is_valid_return_url(url, {}));
        HOLDS(url.find_first_of("?# \"\\\r\n") == std::string::npos);
    }
    for (const std::string* name :
         {&settings.user_header_name, &settings.roles_header_name}) {
        HOLDS(name->empty() || is_made_of(*name, "-"));
    }
    HOLDS(settings.user_header_name.empty() ||
          fold_header_name(settings.user_header_name) !=
              fold_header_name(settings.roles_header_name));
}

/// No file of this machine is read.
class nowhere final : public surroundings
{
public:
    std::string full_path(std::string_view path, base_folder) const override
    {
        return "/nowhere/" + std::string(path);
    }
    wiped_string file(std::string_view path) const override
    {
        return wiped_string(path);
    }
    wiped_string variable(std::string_view name) const override
    {
        return wiped_string(name);
    }
    void warn(const std::string&) const override {}
};

} // namespace

void run(std::string_view input)
{
    static const nowhere around;
    const auto words = split(input, '\n');
    realm_settings settings;
    try {
        read_directive(directive(words, around), settings);
    } catch (const setting_error& error) {
        HOLDS(*error.what() != '\0');
        HOLDS(words[0] != "store" || words.size() < 2 ||
              !names_secret(words[1]) ||
              std::string_view(error.what()).find(mark) ==
                  std::string_view::npos);
        return;
    }
    check_times(settings);
    check_cookie(settings);
    check_password(settings);
    check_addresses(settings);
    check_limits(settings);
    check_schema(settings.schema);
    if (words[0] == "store") {
        check_store(settings, words[1]);
    }
    try {
        complete_settings(settings);
        HOLDS(settings.limits.idle_ms <= settings.limits.lifetime_ms);
        HOLDS(settings.policy.min <= settings.policy.max);
    } catch (const setting_error& error) {
        HOLDS(settings.is_written(error.directive()) &&
              error.directive() == words[0]);
    }
}

} // namespace auth::fuzz
