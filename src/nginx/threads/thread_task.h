#pragma once

#include "nginx/ngx.h"

#include <chrono>

namespace auth {

/// A piece of work for a thread of one of nginx's pools, and what follows it in
/// the event loop. Only the scheduler posts tasks.
class thread_task
{
public:
    thread_task() noexcept;
    thread_task(const thread_task&) = delete;
    thread_task& operator=(const thread_task&) = delete;
    virtual ~thread_task() = default;

    /// Posts the task. False: the pool's queue is full, and nginx has logged
    /// that. A posted task must live until returned(), which may destroy it.
    bool post(ngx_thread_pool_t* threads) noexcept;

    /// In returned(): how long run() took.
    std::chrono::microseconds took() const noexcept { return took_; }

private:
    /// Runs in the thread. It touches nothing that the event loop touches
    /// meanwhile.
    virtual void run() = 0;
    /// In the event loop, after run(). `threw`: run() has thrown, and the log
    /// says what.
    virtual void returned(bool threw) noexcept = 0;

    static void run_in_thread(void* data, ngx_log_t* log) noexcept;
    static void back_in_loop(ngx_event_t* event) noexcept;

    ngx_thread_task_t task_{};
    bool threw_ = false;
    std::chrono::microseconds took_{0};
};

} // namespace auth
