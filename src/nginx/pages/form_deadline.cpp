#include "nginx/pages/form_deadline.h"

#include "nginx/log.h"
#include "nginx/request/request_context.h"
#include "nginx/request/response.h"

namespace auth {

namespace {

constexpr ngx_msec_t longest_ms = 10000;
/// The time that the client has to read the answer.
constexpr ngx_msec_t refused_ms = 3000;

response too_slow(ngx_http_request_t* r)
{
    return refusal(r, *location_conf_of(r).page_realm,
                   NGX_HTTP_REQUEST_TIME_OUT, "Form incomplete",
                   "This form did not arrive within 10 seconds. Please send "
                   "it again.");
}

} // namespace

form_deadline::form_deadline(ngx_http_request_t* r) noexcept
    : request_(r), location_(&location_conf_of(r)),
      error_(static_cast<ngx_uint_t>(r->err_status))
{
    timer_.handler = expire;
    timer_.data = this;
    timer_.log = r->connection->log;
}

form_deadline* form_deadline::start(ngx_http_request_t* r)
{
    ngx_http_cleanup_t* cleanup = ngx_http_cleanup_add(r, 0);
    if (cleanup == nullptr) {
        throw std::bad_alloc();
    }
    auto* started = pool_new<form_deadline>(r->pool, r);
    cleanup->data = started;
    cleanup->handler = [](void* deadline) noexcept {
        static_cast<form_deadline*>(deadline)->stop();
    };
    ngx_add_timer(&started->timer_, longest_ms);
    return started;
}

void form_deadline::stop() noexcept
{
    if (timer_.timer_set) {
        ngx_del_timer(&timer_);
    }
}

void form_deadline::give_up() noexcept
{
    refused_ = true;
    ngx_add_timer(&timer_, refused_ms);
}

/// It is not if error_page has led it elsewhere.
bool form_deadline::is_still_here() const noexcept
{
    return &location_conf_of(request_) == location_;
}

/// It is not if nginx has refused the body.
bool form_deadline::is_reading() const noexcept
{
    const ngx_http_request_t* r = request_;
    return r->err_status == error_ && !r->header_sent && !r->discard_body;
}

ngx_int_t form_deadline::answer() const noexcept
{
    ngx_http_request_t* r = request_;
    const auto rc = guarded<ngx_int_t>(
        r->connection->log, NGX_HTTP_INTERNAL_SERVER_ERROR, [&] {
            log_line(r->connection->log, NGX_LOG_INFO,
                     *location_->page_realm->owner,
                     "a form was given up, it took over 10 s to arrive");
            return send(r, too_slow(r));
        });
    // Another module that reads the body may hold the request. nginx ends it
    // for all of them, as if the client had been silent for too long.
    return find_context(r)->form_location != nullptr
               ? rc
               : NGX_HTTP_REQUEST_TIME_OUT;
}

void form_deadline::expire(ngx_event_t* event) noexcept
{
    auto* self = static_cast<form_deadline*>(event->data);
    ngx_http_request_t* r = self->request_;
    ngx_connection_t* c = r->connection;
    ngx_http_set_log_request(c->log, r);
    if (!self->is_still_here()) {
        return;
    }
    if (self->refused_) {
        ngx_http_finalize_request(r, NGX_HTTP_REQUEST_TIME_OUT);
        ngx_http_run_posted_requests(c);
        return;
    }
    if (!self->is_reading()) {
        return;
    }
    self->passed_ = true;
    if (c->read->timer_set) {
        ngx_del_timer(c->read);
    }
    r->read_event_handler = ngx_http_block_reading;
    r->keepalive = 0;
    r->lingering_close = 0; // or nginx would wait for the body again
    ngx_http_finalize_request(r, self->answer());
    ngx_http_run_posted_requests(c);
}

} // namespace auth
