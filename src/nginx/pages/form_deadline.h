#pragma once

#include "nginx/ngx.h"

namespace auth {

struct location_configuration;

/// The time that the body of a form may take as a whole. client_body_timeout
/// counts the gaps only, so that a byte now and then would hold a connection
/// for hours. The request's pool owns this.
class form_deadline
{
public:
    /// nginx begins to read the body of `r`, for the page or for a module.
    /// Unless stop() comes first, or the body is given up, the request is
    /// answered with 408, and the connection (with HTTP/2: the stream) is
    /// closed. Throws std::bad_alloc.
    static form_deadline* start(ngx_http_request_t* r);

    /// The body is there.
    void stop() noexcept;
    /// The body has been refused. Another module that reads it may never let go
    /// of the request (ModSecurity's module does not), so this ends the request
    /// a little later.
    void give_up() noexcept;
    /// The request has been answered already.
    bool passed() const noexcept { return passed_; }

private:
    explicit form_deadline(ngx_http_request_t* r) noexcept;
    template <class T, class... Arguments>
    friend T* pool_new(ngx_pool_t* pool, Arguments&&... arguments);

    static void expire(ngx_event_t* event) noexcept;
    bool is_still_here() const noexcept;
    bool is_reading() const noexcept;
    ngx_int_t answer() const noexcept;

    ngx_http_request_t* request_;
    const location_configuration* location_; ///< that the body is read in
    ngx_uint_t error_;                       ///< that had led there
    ngx_event_t timer_ = {};
    bool passed_ = false;
    bool refused_ = false;
};

} // namespace auth
