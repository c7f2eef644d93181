#pragma once

#include "nginx/ngx.h"
#include "nginx/realm.h"

#include "session/session_table.h"

#include <deque>

namespace auth {

/// Compares users whose sessions are in use with the store, in threads, while
/// the requests that showed the sessions go on (`session_check`): a user that
/// is gone, disabled or has another password loses all sessions, changed
/// roles apply. A store that does not answer ends nobody's session.
///
/// One for each cycle; used in the event loop only.
class user_checker
{
public:
    /// Does it soon. Where too many wait already it is left to a later time.
    void check(realm& of, const session_identity& who) noexcept;

private:
    struct job;
    struct waiting {
        realm* of;
        session_identity who;
    };

    void start(realm& of, const session_identity& who);
    static void settle(job& done);
    static void tell(const job& done);
    static void run(void* data, ngx_log_t* log) noexcept;
    static void finished(ngx_event_t* event) noexcept;

    std::deque<waiting> waiting_;
    unsigned running_ = 0;
};

} // namespace auth
