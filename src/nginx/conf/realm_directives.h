#pragma once

// The directives inside an auth_realm block, as nginx reads them. What they
// are is in settings/realm_directives.h.

#include "nginx/ngx.h"

#include <vector>

namespace auth {

/// Adds what nginx has to know of each directive.
void add_realm_commands(std::vector<ngx_command_t>& commands);

} // namespace auth
