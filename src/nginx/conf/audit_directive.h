#pragma once

#include "nginx/audit.h"

namespace auth {

/// Has nginx open the file of `audit_log`, which other realms may share.
/// Throws configuration_error if it cannot be written.
audit_file* open_audit_file(ngx_conf_t* cf, std::string_view path);

} // namespace auth
