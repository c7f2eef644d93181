#pragma once

#include "nginx/ngx.h"

namespace auth {

/// Lets nginx notice that the client of a request that waits leaves: by the
/// read event of HTTP/1, or by the state of an HTTP/2 stream. nginx then ends
/// the request and runs its cleanup handlers. Throws std::bad_alloc.
void watch_client(ngx_http_request_t* r);

/// Ends that. Call it before answering or going on.
void stop_watching_client(ngx_http_request_t* r) noexcept;

} // namespace auth
