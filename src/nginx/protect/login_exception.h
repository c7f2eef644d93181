#pragma once

// The variable of `auth_login … unless=$VAR`, while whose value is `1` nobody
// has to log in.

#include "nginx/ngx.h"
#include "nginx/realm.h"

#include <string_view>
#include <vector>

namespace auth {

struct main_configuration;
class directive;

struct unless_variable {
    ngx_str_t name;
    source_position position;
};

/// Reads `$VAR` and returns the variable's index. Throws configuration_error.
/// Whether there is such a variable is known once all has been read.
ngx_uint_t add_unless_variable(const directive& written, std::string_view value,
                               main_configuration& all);

/// Throws configuration_error, with the directive's place, for a variable that
/// no module and no `set` defines.
void check_unless_variables(ngx_conf_t* cf, const main_configuration& all);

/// Whether the variable is exactly `1` for the request as it is now: what nginx
/// keeps of an earlier location or address, before a rewrite or an internal
/// redirect, does not count, neither of this variable nor of those that it is
/// made of.
bool is_exempt(ngx_http_request_t* r, ngx_uint_t index);

} // namespace auth
