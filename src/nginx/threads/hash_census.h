#pragma once

#include "nginx/ngx.h"
#include "nginx/realm.h"

namespace auth {

class scheduler;

/// Keeps a realm's dummy hashes (hash/dummy_hash.h) like the hashes in its
/// store. It counts these in a thread when a worker starts, and again after a
/// rest of a thousand times as long as that took, at least a minute and at most
/// an hour. So a worker spends at most a thousandth of its time on it, and
/// reads a store of a million users a few times an hour.
///
/// There is one for each realm in a worker. It is used in the event loop only.
class hash_census
{
public:
    /// Starts at once. The realm and the scheduler must outlive the worker's
    /// threads.
    hash_census(ngx_cycle_t* cycle, scheduler& by, realm& where);
    hash_census(const hash_census&) = delete;
    hash_census& operator=(const hash_census&) = delete;
    ~hash_census();

private:
    class sample;

    void post() noexcept;
    void rest(ngx_msec_t time) noexcept;
    static void on_timer(ngx_event_t* event) noexcept;

    scheduler& scheduler_;
    realm& realm_;
    ngx_event_t timer_{};
};

} // namespace auth
