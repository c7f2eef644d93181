#pragma once

#include "nginx/ngx.h"
#include "nginx/realm.h"

#include "session/session_token.h"

namespace auth {

class scheduler;

/// Keeps a realm's zone and its store in step (`session_store on`). Each second
/// one worker reads which sessions have ended on other nginx, tells the store
/// which have ended here and could not be told before, and notes when sessions
/// were used. Its lease lapses within a second of its death.
///
/// There is one for each realm in a worker. It is used in the event loop only.
class session_sync
{
public:
    /// Starts at once. The realm and the scheduler must outlive the worker's
    /// threads.
    session_sync(ngx_cycle_t* cycle, scheduler& by, realm& where);
    session_sync(const session_sync&) = delete;
    session_sync& operator=(const session_sync&) = delete;
    ~session_sync();

private:
    class round;

    void begin_round() noexcept;
    static void on_timer(ngx_event_t* event) noexcept;

    scheduler& scheduler_;
    realm& realm_;
    ngx_event_t timer_{};
    bool runs_ = false; ///< a round is in a thread
    ngx_msec_t began_ = 0;
    unsigned rounds_ = 0;
};

/// Ends a session in the store, in a thread, that has ended in the zone. Until
/// the store is told, the zone keeps it as ended, so that no look-up finds it.
void end_in_store(scheduler& by, realm& where,
                  const session_digest& digest) noexcept;

} // namespace auth
