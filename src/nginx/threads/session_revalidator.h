#pragma once

#include "nginx/ngx.h"
#include "nginx/realm.h"

#include "session/session_table.h"

namespace auth {

class scheduler;

/// Compares users whose sessions are in use with the store (`session_check`),
/// in threads, while the requests that showed the sessions go on. A user who is
/// gone, disabled or has another password loses all sessions. Changed roles
/// apply. No session ends because the store does not answer.
///
/// There is one for each cycle. It is used in the event loop only.
class session_revalidator
{
public:
    explicit session_revalidator(scheduler& by) noexcept : scheduler_(by) {}
    session_revalidator(const session_revalidator&) = delete;
    session_revalidator& operator=(const session_revalidator&) = delete;
    ~session_revalidator() = default;

    /// Compares the user soon. If too many wait already, a later request will
    /// do it.
    void check(realm& where, const session_identity& who) noexcept;

private:
    class check_of_user;

    scheduler& scheduler_;
};

} // namespace auth
