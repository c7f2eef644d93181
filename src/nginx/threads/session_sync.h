#pragma once

#include "nginx/ngx.h"
#include "nginx/realm.h"

namespace auth {

class scheduler;

/// Keeps a realm's zone and its store in step (`session_store on`). Each second
/// one worker reads which sessions have ended on other nginx. In turns of their
/// own it tells the store which have ended here and could not be told before,
/// and when sessions were used. Its lease lapses within a second of its death.
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
    class reading;
    class telling;

    void begin_reading() noexcept;
    void begin_telling() noexcept;
    void tell_clock();
    static void on_timer(ngx_event_t* event) noexcept;

    scheduler& scheduler_;
    realm& realm_;
    ngx_event_t timer_{};
    bool reads_ = false; ///< in a thread
    bool tells_ = false; ///< in a thread
    bool clock_is_off_ = false;
    std::int64_t began_ = 0; ///< the last reading, in steady milliseconds
    unsigned rounds_ = 0;
    unsigned purged_ = 0; ///< in this round
    unsigned failed_ = 0; ///< telling, in this round; 0: it did not
};

} // namespace auth
