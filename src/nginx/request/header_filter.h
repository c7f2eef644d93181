#pragma once

#include "nginx/ngx.h"

namespace auth {

/// Adds the headers of all answers of the module, and keeps protected answers
/// private.
ngx_int_t install_header_filter(ngx_conf_t* cf) noexcept;

} // namespace auth
