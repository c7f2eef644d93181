// Configurations of servers and locations: made, inherited, resolved.

#include "nginx/conf/configuration_hooks.h"
#include "nginx/conf/directive.h"
#include "nginx/configuration.h"
#include "nginx/pages/page_handler.h"

namespace auth {

namespace {

server_configuration& server_of(ngx_conf_t* cf) noexcept
{
    return *static_cast<server_configuration*>(
        ngx_http_conf_get_module_srv_conf(cf, ngx_http_auth_module));
}

/// A page belongs to its location and to the `if` and limit_except blocks in
/// it, and not to locations nested in it.
void inherit_page(const location_configuration& outer,
                  location_configuration& here,
                  const ngx_http_core_loc_conf_t& core) noexcept
{
    if (!here.has_page && outer.has_page && (core.noname || core.lmt_excpt)) {
        here.has_page = true;
        here.page = outer.page;
        here.page_written = outer.page_written;
    }
}

/// nginx does not hand the handler of a location down to the blocks in it.
void serve_page(location_configuration& here, ngx_http_core_loc_conf_t& core)
{
    if (core.handler == nullptr) {
        core.handler = handle_page;
    }
    if (core.handler != handle_page) {
        throw configuration_error(
            "\"auth_page\" in a location that another directive (such as "
            "proxy_pass) serves, use a location of its own",
            here.page_written->position);
    }
}

void resolve_page(ngx_conf_t* cf, location_configuration& here,
                  ngx_http_core_loc_conf_t& core)
{
    main_configuration& all = main_conf_of(cf);
    // A directive of the location itself is there already.
    // NOLINTNEXTLINE(clang-analyzer-core.NullDereference)
    if (here.login_is_own && here.login_written->rule != login_rule::off) {
        throw configuration_error(
            "\"auth_page\" and \"auth_login\" in one "
            "location: a page is never protected, leave one "
            "of them out",
            here.page_written->position);
    }
    serve_page(here, core);
    here.page_realm = server_of(cf).realm_entry(
        cf->pool, resolve_realm(all, *here.page_written));
    all.page_locations.push_back(&core);
}

void merge_location(ngx_conf_t* cf, const location_configuration& outer,
                    location_configuration& here)
{
    auto& core = *static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
    inherit_page(outer, here, core);
    if (here.login_written == nullptr) {
        here.login_written = outer.login_written;
    }
    if (here.login_written != nullptr &&
        here.login_written->rule != login_rule::off) {
        here.rule = here.login_written->rule;
        here.login = server_of(cf).realm_entry(
            cf->pool,
            resolve_realm(main_conf_of(cf), here.login_written->realm));
        if (here.rule == login_rule::required && !here.has_page &&
            !here.login->needs_login) {
            here.login->needs_login = here.login_written->realm.position;
        }
    }
    if (here.has_page) {
        resolve_page(cf, here, core);
    }
}

} // namespace

void* create_main_configuration(ngx_conf_t* cf) noexcept
{
    return guarded<void*>(cf->log, nullptr, [&] {
        return pool_new<main_configuration>(cf->pool);
    });
}

void* create_server_configuration(ngx_conf_t* cf) noexcept
{
    return guarded<void*>(cf->log, nullptr, [&] {
        return pool_new<server_configuration>(cf->pool);
    });
}

void* create_location_configuration(ngx_conf_t* cf) noexcept
{
    return ngx_pcalloc(cf->pool, sizeof(location_configuration));
}

char* merge_location_configuration(ngx_conf_t* cf, void* parent,
                                   void* child) noexcept
{
    return reporting_mistakes(cf, [&] {
        merge_location(cf, *static_cast<location_configuration*>(parent),
                       *static_cast<location_configuration*>(child));
    });
}

} // namespace auth
