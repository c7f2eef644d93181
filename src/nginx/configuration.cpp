#include "nginx/configuration.h"

#include "base/quote.h"

namespace auth {

realm* resolve_realm(const main_configuration& all,
                     const realm_reference& named)
{
    const std::string who = in_quotes(view(named.directive));
    if (named.name.len != 0) {
        if (realm* found = all.find(view(named.name))) {
            return found;
        }
        throw configuration_error(
            who + " names the unknown realm " + in_quotes(view(named.name)) +
                ", declare it by \"auth_realm " +
                std::string(view(named.name)) + " { ... }\" in the http block",
            named.position);
    }
    if (all.realms.size() == 1) {
        return all.realms.front();
    }
    throw configuration_error(
        all.realms.empty()
            ? who + " needs a realm, declare one by \"auth_realm NAME { store "
                    "...; }\" in the http block"
            : who + " must name its realm, there is more than one",
        named.position);
}

page_model common_model(const server_realm& here)
{
    page_model model;
    model.realm = view(here.owner->name);
    for (const page_row& row : page_table) {
        if (here.serves(row.which)) {
            model.url(row.which) = view(here.url(row.which));
        }
    }
    model.password_min = here.owner->policy.min;
    model.password_max = here.owner->policy.max;
    model.can_remember = here.owner->limits.remember_ms != 0;
    return model;
}

server_realm* server_configuration::realm_entry(ngx_pool_t* pool, realm* owner)
{
    for (server_realm* entry : realms) {
        if (entry->owner == owner) {
            return entry;
        }
    }
    auto* added = pool_new<server_realm>(pool);
    added->owner = owner;
    realms.push_back(added);
    return added;
}

realm* main_configuration::find(std::string_view name) const noexcept
{
    for (realm* candidate : realms) {
        if (view(candidate->name) == name) {
            return candidate;
        }
    }
    return nullptr;
}

main_configuration& main_conf_of(ngx_conf_t* cf) noexcept
{
    return *static_cast<main_configuration*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_auth_module));
}

main_configuration& main_conf_of(ngx_http_request_t* r) noexcept
{
    return *static_cast<main_configuration*>(
        ngx_http_get_module_main_conf(r, ngx_http_auth_module));
}

const server_configuration& server_conf_of(ngx_http_request_t* r) noexcept
{
    return *static_cast<server_configuration*>(
        ngx_http_get_module_srv_conf(r, ngx_http_auth_module));
}

const location_configuration& location_conf_of(ngx_http_request_t* r) noexcept
{
    return *static_cast<location_configuration*>(
        ngx_http_get_module_loc_conf(r, ngx_http_auth_module));
}

} // namespace auth
