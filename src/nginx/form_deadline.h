#pragma once

#include "nginx/ngx.h"

namespace auth {

/// The time that a form's body may take as a whole: client_body_timeout counts
/// the gaps only, so that a byte now and then would hold a connection for
/// hours. The request's pool owns it.
class form_deadline
{
public:
    /// Before nginx reads the body of `r`. Throws std::bad_alloc.
    static form_deadline* make(ngx_http_request_t* r);

    /// nginx has begun to read and waits for more. Unless stop() comes first,
    /// or nginx itself gives the body up, the request is answered with 408 and
    /// its connection (with HTTP/2: its stream) closed.
    void start() noexcept;
    /// The body is there.
    void stop() noexcept;
    /// The request has been answered already.
    bool passed() const noexcept { return passed_; }

private:
    explicit form_deadline(ngx_http_request_t* r) noexcept;
    template <class T, class... Arguments>
    friend T* pool_new(ngx_pool_t* pool, Arguments&&... arguments);

    static void expire(ngx_event_t* event) noexcept;
    bool is_reading() const noexcept;

    ngx_http_request_t* request_;
    ngx_http_event_handler_pt reads_ = nullptr; ///< nginx's body reader
    ngx_event_t timer_ = {};
    bool passed_ = false;
};

} // namespace auth
