#pragma once

// What nginx calls while it reads a configuration.

#include "nginx/ngx.h"

namespace auth {

/// The context of directives inside an auth_realm block. None of nginx's own
/// contexts uses this bit.
constexpr ngx_uint_t auth_realm_context = 0x00100000;

// The life of a configuration, as ngx_http_module_t names it.
void* create_main_configuration(ngx_conf_t* cf) noexcept;
void* create_server_configuration(ngx_conf_t* cf) noexcept;
void* create_location_configuration(ngx_conf_t* cf) noexcept;
char* merge_location_configuration(ngx_conf_t* cf, void* parent,
                                   void* child) noexcept;
/// Completes a configuration that has been read: addresses, collisions, zones.
ngx_int_t complete_configuration(ngx_conf_t* cf) noexcept;

// Directives outside an auth_realm block.
char* set_auth_realm(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
char* set_auth_page(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;
char* set_auth_login(ngx_conf_t* cf, ngx_command_t* cmd, void* conf) noexcept;

} // namespace auth
