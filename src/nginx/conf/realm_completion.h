#pragma once

#include "nginx/realm.h"

namespace auth {

/// Checks a block that has been read whole, and makes what serves its realm.
/// Throws configuration_error.
void complete_realm(ngx_conf_t* cf, realm& read);

} // namespace auth
