#pragma once

#include "nginx/ngx.h"
#include "nginx/realm.h"

namespace auth {

/// Keeps a realm's dummy hashes (hash/dummy_hash.h) like those in its store:
/// counts them in a thread when a worker starts, and again after a rest of a
/// thousand times as long as that took, at least a minute and at most an hour.
/// So a worker spends no more than a thousandth of its time on it, and a store
/// of a million users is read a few times an hour.
///
/// One for each realm in a worker; used in the event loop only.
class hash_census
{
public:
    /// Starts at once. The realm must outlive the worker's threads.
    hash_census(ngx_cycle_t* cycle, realm& of);
    hash_census(const hash_census&) = delete;
    hash_census& operator=(const hash_census&) = delete;
    ~hash_census();

private:
    void post() noexcept;
    void rest(ngx_msec_t time) noexcept;
    static void run(void* data, ngx_log_t* log) noexcept;
    static void finished(ngx_event_t* event) noexcept;
    static void on_timer(ngx_event_t* event) noexcept;

    realm& of_;
    ngx_event_t timer_{};
    ngx_thread_task_t task_{};

    // Of the task that runs, or ran last:
    bool counted_ = false;
    ngx_msec_t took_ = 0;
};

} // namespace auth
