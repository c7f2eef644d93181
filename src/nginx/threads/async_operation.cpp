#include "nginx/threads/async_operation.h"

#include "nginx/threads/turnstile.h"

#include "throttle/address_prefix.h"

namespace auth {

namespace {

/// Only there to keep a worker that is told to quit until its threads have
/// answered (a pending timer does); stores have shorter limits of their own.
constexpr ngx_msec_t stage_timeout_ms = 60000;

} // namespace

async_operation::async_operation(ngx_http_request_t* r, turnstile& turns,
                                 ngx_thread_pool_t* threads,
                                 std::unique_ptr<operation> work) noexcept
    : request_(r), turns_(turns), threads_(threads), work_(std::move(work)),
      prefix_(address_prefix(r->connection->sockaddr))
{
    ngx_memzero(&over_, sizeof(over_));
    over_.handler = tell_request;
    over_.data = this;
    over_.log = r->connection->log;
    ngx_queue_init(&place_.link);
    place_.owner = this;
}

async_operation* async_operation::from_link(ngx_queue_t* link) noexcept
{
    return (ngx_queue_data(link, place, link))->owner;
}

async_operation* async_operation::start(ngx_http_request_t* r, turnstile& turns,
                                        ngx_thread_pool_t* threads,
                                        std::unique_ptr<operation> work,
                                        ngx_http_event_handler_pt resume,
                                        ngx_http_event_handler_pt abandon)
{
    auto* one =
        pool_new<async_operation>(r->pool, r, turns, threads, std::move(work));
    one->task_ = ngx_thread_task_alloc(r->pool, 0);
    ngx_http_cleanup_t* cleanup = ngx_http_cleanup_add(r, 0);
    if (one->task_ == nullptr || cleanup == nullptr) {
        throw std::bad_alloc();
    }
    one->task_->ctx = one;
    one->task_->handler = run_stage;
    one->task_->event.log = r->connection->log;
    one->task_->event.data = one;
    one->task_->event.handler = stage_done;
    cleanup->data = one;
    cleanup->handler = client_left;

    one->abandon_ = abandon;
    r->write_event_handler = resume;
    one->watch_client();
    one->advance();
    return one;
}

/// Has nginx notice when the client goes: HTTP/1 by its read event, HTTP/2 by
/// the state of its stream.
void async_operation::watch_client()
{
    ngx_event_t* rev = request_->connection->read;
    request_->read_event_handler = ngx_http_test_reading;
    if (ngx_handle_read_event(rev, 0) != NGX_OK) {
        throw std::bad_alloc();
    }
    if (rev->ready) {
        // What came with the request (a FIN, too) raises no new event.
        ngx_post_event(rev, &ngx_posted_events);
    }
}

void async_operation::stop_watching() noexcept
{
    request_->read_event_handler = ngx_http_block_reading;
}

void async_operation::advance()
{
    if (work_->next() == operation::stage::done) {
        end(ending::done);
    } else {
        turns_.request(*this);
    }
}

void async_operation::post() noexcept
{
    if (ngx_thread_task_post(threads_, task_) != NGX_OK) {
        turns_.give_back(*this);
        end(ending::busy);
        return;
    }
    ngx_add_timer(&task_->event, stage_timeout_ms);
    request_->main->blocked++;
    request_->aio = 1;
    state_ = state::running;
}

/// In a thread: touches the operation only.
void async_operation::run_stage(void* data, ngx_log_t* log) noexcept
{
    auto* self = static_cast<async_operation*>(data);
    self->threw_ = !guarded_task(log, [&] { self->work_->run(); });
}

void async_operation::stage_done(ngx_event_t* event) noexcept
{
    auto* self = static_cast<async_operation*>(event->data);
    ngx_http_request_t* r = self->request_;
    ngx_connection_t* c = r->connection;
    turnstile& turns = self->turns_;

    ngx_http_set_log_request(c->log, r);
    if (event->timedout) {
        ngx_log_error(NGX_LOG_ALERT, c->log, 0,
                      "auth: an account operation took too long");
        event->timedout = 0;
        return;
    }
    if (event->timer_set) {
        ngx_del_timer(event);
    }
    r->main->blocked--;
    r->aio = 0;
    turns.give_back(*self);

    if (self->left_) {
        self->abandon_(r); // `blocked` has kept the request until here
        // Lets nginx finish what it began when the client left.
#if nginx_version >= 1025004
        c->write->handler(c->write);
#else
        r->write_event_handler(r);
        ngx_http_run_posted_requests(c);
#endif
    } else if (self->threw_) {
        self->end(ending::failed);
    } else {
        guarded(c->log, false, [&] {
            self->advance();
            return true;
        });
    }
    turns.admit();
}

void async_operation::client_left(void* data) noexcept
{
    auto* self = static_cast<async_operation*>(data);
    self->left_ = true;
    if (self->state_ == state::waiting) {
        self->turns_.give_back(*self);
        self->abandon_(self->request_);
    } else if (self->over_.posted) {
        ngx_delete_posted_event(&self->over_);
        self->abandon_(self->request_);
    }
}

/// Through an event, so that nothing of the request runs, or ends, inside the
/// turnstile's loop or inside start().
void async_operation::end(ending how) noexcept
{
    ending_ = how;
    ngx_post_event(&over_, &ngx_posted_events);
}

void async_operation::tell_request(ngx_event_t* event) noexcept
{
    ngx_http_request_t* r =
        static_cast<async_operation*>(event->data)->request_;
    ngx_connection_t* c = r->connection;
    ngx_http_set_log_request(c->log, r);
    r->write_event_handler(r);
    ngx_http_run_posted_requests(c);
}

} // namespace auth
