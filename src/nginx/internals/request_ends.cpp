#include "nginx/internals/request_ends.h"

namespace auth {

void finish_after_thread(ngx_http_request_t* r) noexcept
{
    ngx_connection_t* c = r->connection;
#if nginx_version >= 1025004
    c->write->handler(c->write);
#else
    r->write_event_handler(r);
    ngx_http_run_posted_requests(c);
#endif
}

void close_as_if_client_left(ngx_http_request_t* r) noexcept
{
    ngx_connection_t* c = r->connection;
#if (NGX_HTTP_V2)
    // nginx leaves the RST_STREAM in the connection's queue while the
    // connection has other streams, until one of them sends.
    ngx_event_t* shared = r->stream != nullptr
                              ? r->stream->connection->connection->write
                              : nullptr;
#endif
    const auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r->main, ngx_http_core_module));
    // The termination calls the cleanup of an upstream, which gives up the
    // upstream's hold of the request. If there were no other one, the request
    // would end there, inside of its termination. Later the termination sets
    // the count, whatever it is.
    ++r->main->count;
    // 499 would run a post_action, beside the upstream. 444 does not, and means
    // a connection that has timed out.
    ngx_http_finalize_request(r->main, core->post_action.data == nullptr
                                           ? NGX_HTTP_CLIENT_CLOSED_REQUEST
                                           : NGX_HTTP_CLOSE);
    ngx_http_run_posted_requests(c);
#if (NGX_HTTP_V2)
    if (shared != nullptr) {
        ngx_post_event(shared, &ngx_posted_events);
    }
#endif
}

} // namespace auth
