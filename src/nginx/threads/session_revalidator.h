#pragma once

#include "nginx/ngx.h"
#include "nginx/realm.h"

#include "session/session_table.h"

#include <deque>

namespace auth {

class scheduler;

/// Compares users whose sessions are in use with the store, in threads, while
/// the requests that showed the sessions go on (`session_check`): a user that
/// is gone, disabled or has another password loses all sessions, changed
/// roles apply. A store that does not answer ends nobody's session.
///
/// There is one for each cycle. It is used in the event loop only.
class session_revalidator
{
public:
    explicit session_revalidator(scheduler& by) noexcept : scheduler_(by) {}
    session_revalidator(const session_revalidator&) = delete;
    session_revalidator& operator=(const session_revalidator&) = delete;

    /// Looks at the user soon. Where too many wait already it is left to a
    /// later time.
    void check(realm& where, const session_identity& who) noexcept;

private:
    class check_of_user;
    struct waiting_user {
        realm* where;
        session_identity who;
    };

    void start(realm& where, const session_identity& who);
    void finished() noexcept;

    scheduler& scheduler_;
    std::deque<waiting_user> waiting_;
    unsigned running_ = 0;
};

} // namespace auth
