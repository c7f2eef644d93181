#include "nginx/threads/hash_census.h"

#include "account/hash_count.h"

#include <algorithm>
#include <chrono>

namespace auth {

namespace {

constexpr ngx_msec_t shortest_rest = 60 * 1000;
constexpr ngx_msec_t longest_rest = 60 * 60 * 1000;
constexpr ngx_msec_t rest_after_failure = 10 * 1000;
constexpr ngx_msec_t times_as_long = 1000;

/// Whether the worker is to go on; it waits for its threads when it ends.
bool is_running()
{
    return ngx_quit == 0 && ngx_terminate == 0 && ngx_exiting == 0;
}

} // namespace

hash_census::hash_census(ngx_cycle_t* cycle, realm& of) : of_(of)
{
    timer_.handler = on_timer;
    timer_.data = this;
    timer_.log = cycle->log;
    timer_.cancelable = 1;
    task_.handler = run;
    task_.event.handler = finished;
    task_.event.data = this;
    task_.event.log = cycle->log;
    // nginx gives the handler what ctx points to.
    task_.ctx = this;
    post();
}

hash_census::~hash_census()
{
    if (timer_.timer_set != 0) {
        ngx_del_timer(&timer_);
    }
}

void hash_census::post() noexcept
{
    if (ngx_thread_task_post(of_.threads, &task_) != NGX_OK) {
        rest(rest_after_failure); // nginx has logged that its queue is full
    }
}

/// In a thread. Whatever goes wrong with the store is said by the logins that
/// it goes wrong for.
void hash_census::run(void* data, ngx_log_t* log) noexcept
{
    auto* self = static_cast<hash_census*>(data);
    using clock = std::chrono::steady_clock;
    const auto started = clock::now();
    self->counted_ = false;
    guarded_task(log, [self] {
        self->counted_ =
            count_hashes(*self->of_.users, *self->of_.dummies, is_running)
                .done();
    });
    self->took_ = static_cast<ngx_msec_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() -
                                                              started)
            .count());
}

void hash_census::finished(ngx_event_t* event) noexcept
{
    auto* self = static_cast<hash_census*>(event->data);
    self->rest(self->counted_ ? std::clamp(self->took_ * times_as_long,
                                           shortest_rest, longest_rest)
                              : rest_after_failure);
}

void hash_census::rest(ngx_msec_t time) noexcept
{
    if (is_running()) {
        ngx_add_timer(&timer_, time);
    }
}

void hash_census::on_timer(ngx_event_t* event) noexcept
{
    static_cast<hash_census*>(event->data)->post();
}

} // namespace auth
