#include "nginx/form_deadline.h"

#include "nginx/log.h"
#include "nginx/request_context.h"
#include "nginx/response.h"

namespace auth {

namespace {

constexpr ngx_msec_t longest_ms = 10000;

answer too_slow(ngx_http_request_t* r)
{
    return refusal(r, *location_conf_of(r).page_realm,
                   NGX_HTTP_REQUEST_TIME_OUT, "Form incomplete",
                   "This form did not arrive within 10 seconds. Please send "
                   "it again.");
}

} // namespace

form_deadline::form_deadline(ngx_http_request_t* r) noexcept : request_(r)
{
    timer_.handler = expire;
    timer_.data = this;
    timer_.log = r->connection->log;
}

form_deadline* form_deadline::make(ngx_http_request_t* r)
{
    ngx_http_cleanup_t* cleanup = ngx_http_cleanup_add(r, 0);
    if (cleanup == nullptr) {
        throw std::bad_alloc();
    }
    auto* made = pool_new<form_deadline>(r->pool, r);
    cleanup->data = made;
    cleanup->handler = [](void* deadline) noexcept {
        static_cast<form_deadline*>(deadline)->stop();
    };
    return made;
}

void form_deadline::start() noexcept
{
    reads_ = request_->read_event_handler;
    ngx_add_timer(&timer_, longest_ms);
}

void form_deadline::stop() noexcept
{
    if (timer_.timer_set) {
        ngx_del_timer(&timer_);
    }
}

/// Not so when nginx has refused the body and perhaps been led elsewhere by
/// error_page.
bool form_deadline::is_reading() const noexcept
{
    const ngx_http_request_t* r = request_;
    return r->read_event_handler == reads_ && !r->header_sent &&
           r->err_status == 0 && !r->internal;
}

void form_deadline::expire(ngx_event_t* event) noexcept
{
    auto* self = static_cast<form_deadline*>(event->data);
    ngx_http_request_t* r = self->request_;
    ngx_connection_t* c = r->connection;
    ngx_http_set_log_request(c->log, r);
    if (!self->is_reading()) {
        return;
    }
    self->passed_ = true;
    if (c->read->timer_set) {
        ngx_del_timer(c->read);
    }
    r->read_event_handler = ngx_http_block_reading;
    r->keepalive = 0;
    r->lingering_close = 0; // or it would be waited for again
    ngx_http_finalize_request(
        r, guarded<ngx_int_t>(c->log, NGX_HTTP_INTERNAL_SERVER_ERROR, [&] {
            log_line(c->log, NGX_LOG_INFO, *location_conf_of(r).page_realm->of,
                     "a form was given up, it took over 10 s to arrive");
            return send(r, too_slow(r));
        }));
    ngx_http_run_posted_requests(c);
}

} // namespace auth
