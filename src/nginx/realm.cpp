#include "nginx/realm.h"

#include "nginx/conf/directive.h"
#include "nginx/conf/tls.h"
#include "nginx/configuration.h"
#include "nginx/request/headers.h"
#include "nginx/shared/attempt_zone.h"
#include "nginx/shared/session_zone.h"

#include "web/cookies.h"

#include <algorithm>

namespace auth {

bool realm::secure_for(const ngx_connection_t* c) const noexcept
{
    switch (cookie_secure) {
    case cookie_secure_mode::on:
        return true;
    case cookie_secure_mode::off:
        return false;
    case cookie_secure_mode::automatic:
        break;
    }
    return has_tls(c);
}

namespace {

std::unique_ptr<page_set> load_pages(const realm& one)
{
    try {
        return std::make_unique<page_set>(one.templates,
                                          NGX_HTTP_AUTH_TEMPLATES);
    } catch (const std::runtime_error& error) {
        throw configuration_error(error.what(),
                                  one.position_of_directive("templates"));
    }
}

} // namespace

source_position realm::position_of_directive(std::string_view name) const
{
    const auto found = written.find(name);
    return found != written.end() ? found->second : position;
}

void complete_realm(ngx_conf_t* cf, realm& one)
{
    const std::string who = "auth realm " + quoted(view(one.name));
    if (!one.has_store) {
        throw configuration_error(
            who + " has no \"store\", add one such as "
                  "\"store sqlite:/var/lib/nginx-auth/users.db;\"",
            one.position);
    }
    for (const char* name : {"user_collection", "user_fields"}) {
        if (one.store.what == store_uri::kind::sqlite &&
            one.written.count(name) != 0) {
            throw configuration_error(
                quoted(name) + " is for MongoDB: a SQLite file has the "
                               "module's own table, remove the directive",
                one.position_of_directive(name));
        }
    }
    if (one.policy.min > one.policy.max) {
        throw configuration_error(
            "\"password_policy\" has min over max, lower min or raise max",
            one.position_of_directive("password_policy"));
    }
    if (one.written.count("session_idle_timeout") == 0) {
        one.limits.idle_ms =
            std::min(one.limits.idle_ms, one.limits.lifetime_ms);
    }
    if (one.limits.idle_ms > one.limits.lifetime_ms) {
        throw configuration_error(
            "\"session_idle_timeout\" is longer than \"session_lifetime\" and "
            "would have no effect, lower it or raise the lifetime",
            one.position_of_directive("session_idle_timeout"));
    }
    if (one.threads == nullptr) {
        one.threads = ngx_thread_pool_add(cf, nullptr);
        if (one.threads == nullptr) {
            throw std::bad_alloc();
        }
    }
    if (one.written.count("identity_header") == 0) {
        one.user_header = make_identity_header(cf->pool, "Remote-User");
        one.roles_header = make_identity_header(cf->pool, "Remote-Groups");
    }
    for (const bool secure : {false, true}) {
        std::string* names = one.full_cookie_names[secure ? 1 : 0];
        for (const std::string_view ending : own_cookie_endings) {
            *names++ = cookie_full_name(one.cookie_name + std::string(ending),
                                        secure, !one.cookie_domain.empty());
        }
    }
    one.pages = load_pages(one);
    one.users = open_user_store(one.store, one.schema);
    one.sessions = session_zone::add(cf, one);
    if (one.login_limited || one.registration_limited) {
        one.attempts_made = attempt_zone::add(cf, one);
    }
}

} // namespace auth
