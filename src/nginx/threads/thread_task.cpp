#include "nginx/threads/thread_task.h"

namespace auth {

thread_task::thread_task() noexcept
{
    task_.ctx = this; // nginx hands this pointer to the thread
    task_.handler = run_in_thread;
    task_.event.data = this;
    task_.event.handler = back_in_loop;
    task_.event.log = ngx_cycle->log;
}

bool thread_task::post(ngx_thread_pool_t* threads) noexcept
{
    return ngx_thread_task_post(threads, &task_) == NGX_OK;
}

void thread_task::run_in_thread(void* data, ngx_log_t* log) noexcept
{
    auto* self = static_cast<thread_task*>(data);
    make_ready_for_exceptions();
    using clock = std::chrono::steady_clock;
    const clock::time_point began = clock::now();
    self->threw_ = !guarded(log, false, [self] {
        self->run();
        return true;
    });
    self->took_ = std::chrono::duration_cast<std::chrono::microseconds>(
        clock::now() - began);
}

void thread_task::back_in_loop(ngx_event_t* event) noexcept
{
    auto* self = static_cast<thread_task*>(event->data);
    self->returned(self->threw_);
}

} // namespace auth
