#pragma once

#include "nginx/ngx.h"
#include "nginx/threads/hash_census.h"
#include "nginx/threads/open_requests.h"
#include "nginx/threads/scheduler.h"
#include "nginx/threads/session_lookups.h"
#include "nginx/threads/session_sync.h"

#include <memory>
#include <vector>

namespace auth {

/// What a worker runs for all realms of a cycle, besides its requests. It is
/// made with the configuration, because a zone of shared memory belongs to it.
struct worker_services {
    /// See scheduler.
    worker_services(ngx_uint_t hashes, ngx_uint_t waiters) noexcept
        : operations(hashes, waiters), lookups(operations),
          open(operations, lookups)
    {}

    scheduler operations;
    session_lookups lookups;
    open_requests open;
    // In a worker:
    std::vector<std::unique_ptr<hash_census>> censuses;
    std::vector<std::unique_ptr<session_sync>> syncs;
};

/// Writes the module's version into the log: once for each configuration.
ngx_int_t log_version(ngx_cycle_t* cycle) noexcept;

// The life of a cycle's processes, as ngx_module_t names it.
ngx_int_t start_process(ngx_cycle_t* cycle) noexcept;
void end_process(ngx_cycle_t* cycle) noexcept;

} // namespace auth
