// The front door: what nginx sees of this module. Directives, variables,
// phases and the life cycle are named here and done in src/nginx.

#include "nginx/conf/configuration_hooks.h"
#include "nginx/conf/realm_directives.h"
#include "nginx/configuration.h"
#include "nginx/pages/form_body.h"
#include "nginx/protect/access_handler.h"
#include "nginx/protect/upstream_identity.h"
#include "nginx/request/header_filter.h"
#include "nginx/request/variables.h"
#include "nginx/threads/worker_services.h"

#include <vector>

namespace {

using namespace auth;

constexpr ngx_uint_t anywhere = NGX_HTTP_MAIN_CONF | NGX_HTTP_SRV_CONF |
                                NGX_HTTP_LOC_CONF | NGX_HTTP_LMT_CONF;

// nginx writes into its tables.
// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables)

std::vector<ngx_command_t> make_commands() noexcept
{
    std::vector<ngx_command_t> all{
        {ngx_string("auth_realm"),
         NGX_HTTP_MAIN_CONF | NGX_CONF_BLOCK | NGX_CONF_TAKE1, set_auth_realm,
         NGX_HTTP_MAIN_CONF_OFFSET, 0, nullptr},
        {ngx_string("auth_page"), NGX_HTTP_LOC_CONF | NGX_CONF_TAKE12,
         set_auth_page, NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
        {ngx_string("auth_login"), anywhere | NGX_CONF_1MORE, set_auth_login,
         NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr},
        {ngx_string("include"), auth_realm_context | NGX_CONF_TAKE1,
         ngx_conf_include, 0, 0, nullptr}};
    add_realm_commands(all);
    all.push_back(ngx_null_command);
    return all;
}

std::vector<ngx_command_t> commands = make_commands();

bool add_phase_handler(ngx_http_core_main_conf_t* core, ngx_http_phases phase,
                       ngx_http_handler_pt handler)
{
    auto* slot = static_cast<ngx_http_handler_pt*>(
        ngx_array_push(&core->phases[phase].handlers));
    if (slot == nullptr) {
        return false;
    }
    *slot = handler;
    return true;
}

/// Hooks the handlers in, if there is a realm: else nginx runs as without us.
ngx_int_t hook_in(ngx_conf_t* cf) noexcept
{
    if (complete_configuration(cf) != NGX_OK) {
        return NGX_ERROR;
    }
    if (main_conf_of(cf).realms.empty()) {
        return NGX_OK;
    }
    auto* core = static_cast<ngx_http_core_main_conf_t*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
    // Both rewrite phases: `error_page` leads a malformed request to the first
    // for a URI, to the second for a named location.
    const bool added =
        add_phase_handler(core, NGX_HTTP_SERVER_REWRITE_PHASE,
                          cleanse_request) &&
        add_phase_handler(core, NGX_HTTP_REWRITE_PHASE,
                          cleanse_redirected_request) &&
        add_phase_handler(core, NGX_HTTP_ACCESS_PHASE, check_login) &&
        add_phase_handler(core, NGX_HTTP_PRECONTENT_PHASE, before_content);
    return added && install_header_filter(cf) == NGX_OK
               ? install_body_filter(cf)
               : NGX_ERROR;
}

ngx_http_module_t context = {
    add_variables,                 // preconfiguration
    hook_in,                       // postconfiguration
    create_main_configuration,     // create main configuration
    nullptr,                       // init main configuration
    create_server_configuration,   // create server configuration
    nullptr,                       // merge server configuration
    create_location_configuration, // create location configuration
    merge_location_configuration,  // merge location configuration
};

} // namespace

ngx_module_t ngx_http_auth_module = {
    NGX_MODULE_V1,
    &context,        // module context
    commands.data(), // module directives
    NGX_HTTP_MODULE, // module type
    nullptr,         // init master
    log_version,     // init module
    start_process,   // init process
    nullptr,         // init thread
    nullptr,         // exit thread
    end_process,     // exit process
    nullptr,         // exit master
    NGX_MODULE_V1_PADDING,
};

// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)
