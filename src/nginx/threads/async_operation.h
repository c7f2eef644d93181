#pragma once

#include "nginx/ngx.h"

#include "account/operation.h"
#include "throttle/fair_queue.h"

#include <memory>

namespace auth {

class turnstile;

/// An account operation on behalf of a request whose body has been read: its
/// stages run in nginx's threads, each after its turn has come, while the
/// event loop goes on. When it is over, the request's write event handler is
/// called, from the event loop's queue of posted events.
///
/// The request's pool owns it. A client that leaves frees its place at once;
/// a stage that runs then is finished, and nothing after it.
class async_operation
{
public:
    enum class ending {
        none,  ///< still under way
        done,  ///< the operation has its outcome
        busy,  ///< no place in a queue, or waited too long
        failed ///< an exception; logged
    };

    /// Begins. `resume` is called when it is over, also spuriously before: it
    /// asks ended() first. `abandon` is called instead when the client has
    /// left: what was done stays done, and nobody gets an answer.
    static async_operation* start(ngx_http_request_t* r, turnstile& turns,
                                  ngx_thread_pool_t* threads,
                                  std::unique_ptr<operation> work,
                                  ngx_http_event_handler_pt resume,
                                  ngx_http_event_handler_pt abandon);

    ~async_operation() = default;
    async_operation(const async_operation&) = delete;
    async_operation& operator=(const async_operation&) = delete;

    ending ended() const noexcept { return ending_; }

    /// Ends listening for the client's departure; call before answering.
    void stop_watching() noexcept;

private:
    friend class turnstile;
    enum class state { idle, waiting, running };

    async_operation(ngx_http_request_t* r, turnstile& turns,
                    ngx_thread_pool_t* threads,
                    std::unique_ptr<operation> work) noexcept;
    template <class T, class... Arguments>
    friend T* pool_new(ngx_pool_t* pool, Arguments&&... arguments);

    static async_operation* from_link(ngx_queue_t* link) noexcept;
    static void run_stage(void* data, ngx_log_t* log) noexcept;
    static void stage_done(ngx_event_t* event) noexcept;
    static void tell_request(ngx_event_t* event) noexcept;
    static void client_left(void* data) noexcept;

    void watch_client();
    void post() noexcept;
    void advance();
    void end(ending how) noexcept;

    ngx_http_request_t* request_;
    turnstile& turns_;
    ngx_thread_pool_t* threads_;
    std::unique_ptr<operation> work_;
    ngx_http_event_handler_pt abandon_ = nullptr;
    ngx_thread_task_t* task_ = nullptr;
    ngx_event_t over_; ///< posted when it is over

    state state_ = state::idle;
    ending ending_ = ending::none;
    bool left_ = false; ///< the client has gone, or nginx gave it up
    bool threw_ = false;

    operation::stage stage_ = operation::stage::done;
    std::uint64_t prefix_;
    fair_queue::ticket ticket_{};
    ngx_msec_t entered_ = 0;

    /// A place in the turnstile's list. Of its own type, because only a
    /// standard-layout one can be found from its member.
    struct place {
        ngx_queue_t link;
        async_operation* owner;
    };
    place place_;
};

} // namespace auth
