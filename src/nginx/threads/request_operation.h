#pragma once

#include "nginx/ngx.h"
#include "nginx/threads/scheduler.h"

#include <memory>
#include <optional>

namespace auth {

/// Connects a request whose body has been read with the operation that the
/// scheduler runs for it. It keeps the request while a stage runs in a thread.
/// When the client leaves, it ends the operation: if that waits for a turn, it
/// frees its place at once; if a stage runs, the stage is finished, and nothing
/// follows it.
///
/// The request's pool owns it. After the end it owns the operation.
class request_operation final : private scheduler::observer
{
public:
    /// Starts the operation. When it is over, `resume` is called as the
    /// request's write event handler, from the event loop's queue of posted
    /// events. nginx may also call it before, so it asks is_over() first. If
    /// the client has left, `abandon` is called instead: what was done stays
    /// done, and nobody gets an answer. Throws std::bad_alloc.
    static request_operation* start(ngx_http_request_t* r, scheduler& by,
                                    const realm& where,
                                    std::unique_ptr<operation> work,
                                    ngx_http_event_handler_pt resume,
                                    ngx_http_event_handler_pt abandon);

    request_operation(const request_operation&) = delete;
    request_operation& operator=(const request_operation&) = delete;
    virtual ~request_operation() = default;

    bool is_over() const noexcept { return ending_.has_value(); }
    /// Whether there was no turn for a stage.
    bool was_turned_away() const noexcept
    {
        return ending_ == scheduler::ending::busy;
    }

private:
    request_operation(ngx_http_request_t* r, scheduler& by,
                      ngx_http_event_handler_pt abandon) noexcept;
    template <class T, class... Arguments>
    friend T* pool_new(ngx_pool_t* pool, Arguments&&... arguments);

    static void tell_request(ngx_event_t* event) noexcept;
    static void complain(ngx_event_t* event) noexcept;
    static void client_left(void* data) noexcept;

    void stage_begun() noexcept override;
    void stage_ended() noexcept override;
    void over(scheduler::ending how,
              std::unique_ptr<operation> work) noexcept override;

    ngx_http_request_t* request_;
    scheduler& scheduler_;
    ngx_http_event_handler_pt abandon_;
    ngx_event_t told_{};     ///< posted when the operation is over
    ngx_event_t too_long_{}; ///< a timer while a stage runs
    bool in_thread_ = false; ///< a stage runs
    bool left_in_stage_ = false;

    std::optional<scheduler::ending> ending_;
    std::unique_ptr<operation> work_; ///< after the end
};

} // namespace auth
