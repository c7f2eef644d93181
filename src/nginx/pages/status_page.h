#pragma once

#include "nginx/ngx.h"
#include "nginx/realm.h"
#include "nginx/request/response.h"

namespace auth {

/// The answer of `auth_page status`: the figures of the realm for Prometheus.
/// It asks no store, and reads no cookie.
response status_page(ngx_http_request_t* r, const realm& owner);

} // namespace auth
