#pragma once

// The variables of `auth_login … unless=$VAR`, while the configuration is read.

#include "nginx/conf/directive.h"

namespace auth {

struct main_configuration;

/// Reads `$VAR` and returns the variable's index. Throws configuration_error.
/// It is not known before the end of the configuration whether the variable
/// exists.
ngx_uint_t add_unless_variable(const nginx_directive& written,
                               std::string_view value, main_configuration& all);

/// Throws configuration_error, with the place of the directive, if no module
/// and no `set` defines the variable.
void check_unless_variables(ngx_conf_t* cf, const main_configuration& all);

} // namespace auth
