#include "nginx/threads/request_operation.h"

#include "nginx/internals/request_ends.h"
#include "nginx/threads/client_watch.h"

#include "throttle/address_prefix.h"

namespace auth {

namespace {

/// A pending timer keeps a worker that is told to quit until its threads have
/// answered. Stores have shorter limits of their own.
constexpr ngx_msec_t stage_timeout_ms = 60000;

} // namespace

request_operation::request_operation(ngx_http_request_t* r, scheduler& by,
                                     ngx_http_event_handler_pt abandon) noexcept
    : request_(r), scheduler_(by), abandon_(abandon)
{
    told_.handler = tell_request;
    too_long_.handler = complain;
    for (ngx_event_t* event : {&told_, &too_long_}) {
        event->data = this;
        event->log = r->connection->log;
    }
}

request_operation* request_operation::start(ngx_http_request_t* r,
                                            scheduler& by, const realm& where,
                                            std::unique_ptr<operation> work,
                                            ngx_http_event_handler_pt resume,
                                            ngx_http_event_handler_pt abandon)
{
    auto* bond = pool_new<request_operation>(r->pool, r, by, abandon);
    ngx_http_cleanup_t* cleanup = ngx_http_cleanup_add(r, 0);
    if (cleanup == nullptr) {
        throw std::bad_alloc();
    }
    cleanup->data = bond;
    cleanup->handler = client_left;

    r->write_event_handler = resume;
    watch_client(r);
    by.start(*bond, std::move(work), where,
             address_prefix(r->connection->sockaddr));
    return bond;
}

/// nginx's own file cache does the same: `blocked` keeps the request.
void request_operation::stage_begun() noexcept
{
    ngx_add_timer(&too_long_, stage_timeout_ms);
    request_->main->blocked++;
    request_->aio = 1;
    in_thread_ = true;
}

void request_operation::stage_ended() noexcept
{
    ngx_http_set_log_request(request_->connection->log, request_);
    if (too_long_.timer_set) {
        ngx_del_timer(&too_long_);
    }
    request_->main->blocked--;
    request_->aio = 0;
    in_thread_ = false;
}

void request_operation::complain(ngx_event_t* event) noexcept
{
    ngx_http_request_t* r =
        static_cast<request_operation*>(event->data)->request_;
    ngx_http_set_log_request(r->connection->log, r);
    ngx_log_error(NGX_LOG_ALERT, r->connection->log, 0,
                  "auth: an account operation took too long");
}

void request_operation::client_left(void* data) noexcept
{
    auto* self = static_cast<request_operation*>(data);
    self->left_in_stage_ = self->in_thread_;
    if (!self->is_over()) {
        self->scheduler_.cancel(*self);
    } else if (self->told_.posted) {
        ngx_delete_posted_event(&self->told_);
        self->abandon_(self->request_);
    }
}

/// An event tells the request, so that nothing of the request runs or ends
/// inside the scheduler's loop or inside start().
void request_operation::over(scheduler::ending how,
                             std::unique_ptr<operation> work) noexcept
{
    work_ = std::move(work);
    ending_ = how;
    if (how != scheduler::ending::cancelled) {
        ngx_post_event(&told_, &ngx_posted_events);
        return;
    }
    abandon_(request_);
    if (left_in_stage_) {
        finish_after_thread(request_);
    }
}

void request_operation::tell_request(ngx_event_t* event) noexcept
{
    ngx_http_request_t* r =
        static_cast<request_operation*>(event->data)->request_;
    ngx_connection_t* c = r->connection;
    ngx_http_set_log_request(c->log, r);
    r->write_event_handler(r);
    ngx_http_run_posted_requests(c);
}

} // namespace auth
