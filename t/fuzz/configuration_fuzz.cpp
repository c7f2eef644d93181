// A directive inside auth_realm: its name and arguments, a line each. What is
// accepted is what docs/directives.md allows.

#include "nginx_stand_in.h"
#include "target.h"

#include "nginx/conf/realm_directives.h"
#include "store/mongo_field.h"
#include "web/cookies.h"
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

void check_times(const realm& made)
{
    for (const std::uint64_t time :
         {made.limits.idle_ms, made.limits.lifetime_ms, made.limits.check_ms}) {
        HOLDS(time > 0 && time < UINT64_MAX / 2);
    }
    HOLDS(made.limits.per_user >= 1);
    HOLDS(made.zone_size >= 256 * 1024);
}

void check_cookie(const realm& made)
{
    HOLDS(made.cookie_name.size() <= 64 && is_made_of(made.cookie_name, "._-"));
    HOLDS(made.cookie_domain.empty() || is_made_of(made.cookie_domain, ".-"));
    set_cookie cookie;
    cookie.name = made.cookie_name;
    cookie.value = "v";
    cookie.domain = made.cookie_domain;
    const wiped_string sent = format_set_cookie(cookie);
    cookie_values values(sent, made.cookie_name);
    std::string_view value;
    HOLDS(values.next(value) && value == "v");
    HOLDS(!values.next(value));
}

void check_limits(const realm& made)
{
    const login_limits& login = made.attempts.login;
    for (const std::uint32_t limit :
         {login.user, login.user_total, login.device, login.address,
          made.attempts.registration.address}) {
        HOLDS(limit <= 1000000);
    }
    HOLDS(login.window_ms != 0 && login.delay_ms != 0);
    HOLDS(made.attempts.registration.window_ms != 0);
    HOLDS(made.attempt_zone_size >= std::size_t{64} * 1024);
}

void check_password(const realm& made)
{
    HOLDS(made.cost.meets_floor() && made.cost.within_cap());
    HOLDS(made.policy.strength <= 4);
    HOLDS(made.policy.min >= 1 && made.policy.min <= 1024);
    HOLDS(made.policy.max >= 1 && made.policy.max <= 1024);
    for (const std::string& name : made.reserved) {
        HOLDS(check_new_username(name) == username_problem::none);
    }
}

void check_schema(const user_schema& made)
{
    std::vector<std::string> paths{made.username, made.password, made.roles,
                                   made.disabled};
    paths.insert(paths.end(), made.active.begin(), made.active.end());
    HOLDS(!made.collection.empty());
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

void check_store(const realm& made, std::string_view written)
{
    HOLDS(made.has_store && !made.store.redacted.empty());
    HOLDS(!names_secret(written) ||
          made.store.redacted.find(mark) == std::string::npos);
}

void check_addresses(const realm& made)
{
    for (const std::string& origin : made.origins) {
        HOLDS(parse_origin(origin) == origin);
    }
    for (const ngx_str_t& url : made.urls) {
        HOLDS(url.len == 0 || is_valid_return_url(view(url), {}));
        HOLDS(view(url).find_first_of("?# \"\\\r\n") == std::string::npos);
    }
    for (const identity_header* one : {&made.user_header, &made.roles_header}) {
        HOLDS(!one->on() || is_made_of(view(one->name), "-"));
        HOLDS(lower(view(one->name)) == one->folded);
    }
    HOLDS(!made.user_header.on() ||
          made.user_header.folded != made.roles_header.folded);
}

struct entry {
    std::string_view name;
    void (*set)(directive, realm&);
    std::size_t most; ///< arguments; at least one
};
constexpr entry entries[] = {
    {"store", set_store, 1},
    {"user_collection", set_user_collection, 1},
    {"user_fields", set_user_fields, 7},
    {"templates", set_templates, 1},
    {"thread_pool", set_thread_pool, 1},
    {"session_zone", set_session_zone, 1},
    {"session_idle_timeout", set_session_idle_timeout, 1},
    {"session_lifetime", set_session_lifetime, 1},
    {"session_limit", set_session_limit, 1},
    {"session_check", set_session_check, 1},
    {"cookie_name", set_cookie_name, 1},
    {"cookie_domain", set_cookie_domain, 1},
    {"cookie_samesite", set_cookie_samesite, 1},
    {"cookie_secure", set_cookie_secure, 1},
    {"password_hash", set_password_hash, 7},
    {"password_concurrency", set_password_concurrency, 2},
    {"password_policy", set_password_policy, 7},
    {"username_reserved", set_username_reserved, 7},
    {"login_limit", set_login_limit, 7},
    {"registration_limit", set_registration_limit, 3},
    {"attempt_zone", set_attempt_zone, 1},
    {"secret", set_secret, 1},
    {"origin", set_origin, 7},
    {"home_url", set_url, 1},
    {"account_url", set_url, 1},
    {"identity_header", set_identity_header, 2},
};

} // namespace

void run(std::string_view input)
{
    const auto words = split(input, '\n');
    const auto* known =
        std::find_if(std::begin(entries), std::end(entries),
                     [&](const entry& one) { return one.name == words[0]; });
    if (known == std::end(entries) || words.size() < 2 ||
        words.size() > known->most + 1) {
        return;
    }

    configuration_line line(words);
    realm made;
    try {
        known->set(directive(line.cf()), made);
    } catch (const configuration_error& error) {
        HOLDS(*error.what() != '\0');
        HOLDS(words[0] != "store" || !names_secret(words[1]) ||
              std::string_view(error.what()).find(mark) ==
                  std::string_view::npos);
        return;
    }
    check_times(made);
    check_cookie(made);
    check_password(made);
    check_addresses(made);
    check_limits(made);
    check_schema(made.schema);
    if (words[0] == "store") {
        check_store(made, words[1]);
    }
}

} // namespace auth::fuzz
