#pragma once

// How a request goes on or ends outside of its handlers.

#include "nginx/ngx.h"

namespace auth {

/// Lets nginx finish a request whose client left while a thread worked for it.
/// The request may be gone afterwards. From 1.25.4 on the connection's handler
/// does this, in earlier versions the handler that the termination has set.
void finish_after_thread(ngx_http_request_t* r) noexcept;

/// Closes a request, and all that belongs to it, as nginx does when the client
/// has left. Call it from a timer or a posted event. The request is gone
/// afterwards, or soon.
void close_as_if_client_left(ngx_http_request_t* r) noexcept;

} // namespace auth
