#include "nginx/conf/realm_completion.h"

#include "nginx/conf/sqlite_file.h"
#include "nginx/header_names.h"
#include "nginx/shared/attempt_zone.h"
#include "nginx/shared/session_zone.h"

#include "web/cookies.h"

#include <algorithm>

namespace auth {

namespace {

std::unique_ptr<page_set> load_pages(const realm& read)
{
    try {
        return std::make_unique<page_set>(read.templates,
                                          NGX_HTTP_AUTH_TEMPLATES);
    } catch (const std::runtime_error& error) {
        throw configuration_error(error.what(),
                                  read.position_of_directive("templates"));
    }
}

} // namespace

void complete_realm(ngx_conf_t* cf, realm& read)
{
    const std::string who = "auth realm " + quoted(view(read.name));
    if (!read.has_store) {
        throw configuration_error(
            who + " has no \"store\", add one such as "
                  "\"store sqlite:/var/lib/nginx-auth/users.db;\"",
            read.position);
    }
    for (const char* name : {"user_collection", "user_fields"}) {
        if (read.store.what == store_uri::kind::sqlite &&
            read.written.count(name) != 0) {
            throw configuration_error(
                quoted(name) + " is for MongoDB: a SQLite file has the "
                               "module's own table, remove the directive",
                read.position_of_directive(name));
        }
    }
    if (read.policy.min > read.policy.max) {
        throw configuration_error(
            "\"password_policy\" has min over max, lower min or raise max",
            read.position_of_directive("password_policy"));
    }
    if (read.written.count("session_idle_timeout") == 0) {
        read.limits.idle_ms =
            std::min(read.limits.idle_ms, read.limits.lifetime_ms);
    }
    if (read.limits.idle_ms > read.limits.lifetime_ms) {
        throw configuration_error(
            "\"session_idle_timeout\" is longer than \"session_lifetime\" and "
            "would have no effect, lower it or raise the lifetime",
            read.position_of_directive("session_idle_timeout"));
    }
    if (read.threads == nullptr) {
        read.threads = ngx_thread_pool_add(cf, nullptr);
        if (read.threads == nullptr) {
            throw std::bad_alloc();
        }
    }
    if (read.written.count("identity_header") == 0) {
        read.user_header = make_identity_header(cf->pool, "Remote-User");
        read.roles_header = make_identity_header(cf->pool, "Remote-Groups");
    }
    for (const bool secure : {false, true}) {
        std::string* names = read.full_cookie_names[secure ? 1 : 0];
        for (const std::string_view ending : own_cookie_endings) {
            *names++ = cookie_full_name(read.cookie_name + std::string(ending),
                                        secure, !read.cookie_domain.empty());
        }
    }
    read.pages = load_pages(read);
    read.users = open_user_store(read.store, read.schema);
    read.sessions = session_zone::add(cf, read, prepare_sqlite_file);
    if (read.login_limited || read.registration_limited) {
        read.attempts_made = attempt_zone::add(cf, read);
    }
}

} // namespace auth
