#pragma once

#include "nginx/ngx.h"
#include "nginx/realm.h"

#include "session/session_token.h"

namespace auth {

class scheduler;

/// Ends a session in the store, in a thread, that has ended in the zone. Until
/// the store is told, the zone keeps it as ended, so that no look-up finds it.
void end_in_store(scheduler& by, realm& where,
                  const session_digest& digest) noexcept;

} // namespace auth
