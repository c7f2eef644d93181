#include "nginx/conf/realm_completion.h"

#include "nginx/conf/realm_keys.h"
#include "nginx/conf/sqlite_file.h"
#include "nginx/conf/thread_trial.h"
#include "nginx/configuration.h"
#include "nginx/header_names.h"
#include "nginx/shared/attempt_zone.h"
#include "nginx/shared/session_zone.h"

#include "settings/realm_directives.h"
#include "web/cookies.h"

#include "base/quote.h"

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

void complete(realm& read)
{
    try {
        complete_settings(read);
    } catch (const setting_error& error) {
        throw configuration_error(
            error.what(), read.position_of_directive(error.directive()));
    }
}

/// What needs the whole configuration, and may still fail. The threads are
/// those of all realms, so the first one looks.
bool prepare_start(ngx_cycle_t* cycle, realm& owner) noexcept
{
    const auto* all = static_cast<main_configuration*>(
        ngx_http_cycle_get_module_main_conf(cycle, ngx_http_auth_module));
    const bool is_first = all != nullptr && all->realms.front() == &owner;
    return (!is_first || can_start_threads(cycle)) &&
           prepare_sqlite_file(cycle, owner);
}

} // namespace

void complete_realm(ngx_conf_t* cf, realm& read)
{
    const std::string who = "auth realm " + in_quotes(view(read.name));
    if (!read.is_written("store")) {
        throw configuration_error(
            who + " has no \"store\", add one such as "
                  "\"store sqlite:/var/lib/nginx-auth/users.db;\"",
            read.position);
    }
    complete(read);
    derive_realm_keys(read);
    read.user_header = make_identity_header(cf->pool, read.user_header_name);
    read.roles_header = make_identity_header(cf->pool, read.roles_header_name);
    for (const bool secure : {false, true}) {
        std::string* names = read.full_cookie_names[secure ? 1 : 0];
        for (const std::string_view ending : own_cookie_endings) {
            *names++ = cookie_full_name(read.cookie_name + std::string(ending),
                                        secure, !read.cookie_domain.empty());
        }
    }
    read.pages = load_pages(read);
    read.make_stores();
    read.sessions = session_zone::add(cf, read, prepare_start);
    if (read.login_limited || read.registration_limited) {
        read.attempts_made = attempt_zone::add(cf, read);
    }
}

} // namespace auth
