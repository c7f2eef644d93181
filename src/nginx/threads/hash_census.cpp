#include "nginx/threads/hash_census.h"

#include "nginx/threads/scheduler.h"

#include "account/hash_count.h"

#include <algorithm>
#include <chrono>

namespace auth {

namespace {

constexpr ngx_msec_t shortest_rest = 60 * 1000;
constexpr ngx_msec_t longest_rest = 60 * 60 * 1000;
constexpr ngx_msec_t rest_after_failure = 10 * 1000;
constexpr ngx_msec_t times_as_long = 1000;

/// Whether the worker goes on. When it ends, it waits for its threads.
bool is_running()
{
    return ngx_quit == 0 && ngx_terminate == 0 && ngx_exiting == 0;
}

} // namespace

/// A count of all hashes. If the store fails, the logins say so that fail, too.
class hash_census::sample final : public background_work
{
public:
    explicit sample(hash_census& by) noexcept : census_(by) {}

    void run() override
    {
        using clock = std::chrono::steady_clock;
        const auto started = clock::now();
        const realm& where = census_.realm_; // does not change meanwhile
        counted_ =
            count_hashes(*where.users, *where.dummies, is_running).has_value();
        took_ = static_cast<ngx_msec_t>(
            std::chrono::duration_cast<std::chrono::milliseconds>(clock::now() -
                                                                  started)
                .count());
    }

    void finished(bool /*threw*/) noexcept override
    {
        census_.rest(counted_ ? std::clamp(took_ * times_as_long, shortest_rest,
                                           longest_rest)
                              : rest_after_failure);
    }

private:
    hash_census& census_;
    bool counted_ = false;
    ngx_msec_t took_ = 0;
};

hash_census::hash_census(ngx_cycle_t* cycle, scheduler& by, realm& where)
    : scheduler_(by), realm_(where)
{
    timer_.handler = on_timer;
    timer_.data = this;
    timer_.log = cycle->log;
    timer_.cancelable = 1;
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
    const bool posted = guarded(ngx_cycle->log, false, [&] {
        return scheduler_.post(realm_, std::make_unique<sample>(*this));
    });
    if (!posted) {
        rest(rest_after_failure); // the log says why
    }
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
