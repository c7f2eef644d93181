#pragma once

#include "nginx/ngx.h"
#include "nginx/realm.h"

#include "session/session_table.h"

namespace auth {

class scheduler;

/// Compares a user whose session is in use with the store (`session_check`), in
/// a thread, while the request that showed the session goes on. A user who is
/// gone, disabled or has another password loses all sessions. Changed roles
/// apply. With `session_store on` the sessions that the store does not have any
/// more end, of this one and up to a hundred others of the user whose turn it
/// is. No session ends because the store does not answer.
///
/// If too much waits already, a request in a second will do it. To be called in
/// the event loop.
void check_session(scheduler& by, realm& where, const session_identity& who,
                   const session_digest& shown) noexcept;

} // namespace auth
