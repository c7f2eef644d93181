#include "nginx/threads/client_watch.h"

#include <new>

namespace auth {

void watch_client(ngx_http_request_t* r)
{
    ngx_event_t* rev = r->connection->read;
    r->read_event_handler = ngx_http_test_reading;
    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        throw std::bad_alloc();
    }
    if (rev->ready) {
        // Data that came with the request, also a FIN, raise no new event.
        ngx_post_event(rev, &ngx_posted_events);
    }
}

void stop_watching_client(ngx_http_request_t* r) noexcept
{
    r->read_event_handler = ngx_http_block_reading;
}

} // namespace auth
