#pragma once

#include "nginx/configuration.h"
#include "nginx/ngx.h"

namespace auth {

/// Whether it is known whose sessions of `here` the request shows: the zone
/// knows them, or the store has been asked, or need not be. If not, the store
/// is asked now, once for each realm, and `resume` is called as the request's
/// write event handler when it has answered. nginx may also call it before, so
/// it asks is_waiting() first. Throws std::bad_alloc.
bool knows_sessions(ngx_http_request_t* r, const server_realm& here,
                    ngx_http_event_handler_pt resume);

/// Whether the request still waits for an answer.
bool is_waiting(ngx_http_request_t* r) noexcept;

/// Whether the store was asked for a session of the request and did not answer.
/// Then the request is nobody's, and may not be told that it needs a login.
bool is_unanswered(ngx_http_request_t* r, const server_realm& here) noexcept;

} // namespace auth
