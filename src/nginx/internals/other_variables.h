#pragma once

// Variables of nginx and of other modules.

#include "nginx/ngx.h"

#include <string_view>

namespace auth {

/// Whether nginx will know the variable once the configuration has been read:
/// by its name, or by the beginning of its name, as it knows `$http_…`.
bool is_defined_variable(const ngx_http_core_main_conf_t& core,
                         std::string_view name);

/// Gives a variable of nginx another handler, and returns the old one, or null
/// if there is no such variable. Call it while variables are added.
ngx_http_get_variable_pt
replace_variable(const ngx_http_core_main_conf_t& core, std::string_view name,
                 ngx_http_get_variable_pt handler) noexcept;

/// The value of a variable for the request as it is now, or null. Values that
/// nginx keeps from before a rewrite or an internal redirect do not count,
/// neither of this variable nor of the variables behind it. Throws
/// std::bad_alloc.
const ngx_http_variable_value_t* fresh_value(ngx_http_request_t* r,
                                             ngx_uint_t index);

/// Whether `auth_basic` is on in this location. `index` is the ctx_index of its
/// module. Its configuration begins with the value of the realm, which is null
/// or "off" if it is off.
bool has_auth_basic(ngx_http_request_t* r, ngx_uint_t index) noexcept;

} // namespace auth
