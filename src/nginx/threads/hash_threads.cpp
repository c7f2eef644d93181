#include "nginx/threads/hash_threads.h"

#include "nginx/child_process.h"
#include "nginx/internals/thread_pools.h"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>

namespace auth {

namespace {

/// How much nicer a hash is than its worker. Linux gives a thread that is nicer
/// by ten a tenth of the time of another thread that wants the same processor,
/// and the whole time of an idle one. So a flood delays other requests by
/// little, and a busy site still lets people log in.
constexpr int nicer_by = 10;
constexpr int nicest = 19;

/// Each worker has them, and there are as many workers as processors. nginx's
/// own pool has 32 threads.
constexpr ngx_uint_t most_threads = 32;

/// Whether a process may ask for a priority. A seccomp filter (systemd's
/// SystemCallFilter, a container's) may end the process that asks, so a child
/// tries.
bool may_set_priority()
{
    return ask_child([] {
               const int own = getpriority(PRIO_PROCESS, 0);
               setpriority(PRIO_PROCESS, 0, std::min(own + nicer_by, nicest));
               return wiped_string();
           })
        .has_value();
}

} // namespace

void hash_threads::declare(ngx_conf_t* cf, ngx_uint_t hashes)
{
    pool_ =
        declare_thread_pool(cf, "auth hashes", std::min(hashes, most_threads));
    may_set_priority_ = may_set_priority();
    if (!may_set_priority_) {
        ngx_log_error(NGX_LOG_WARN, cf->log, 0,
                      "auth: a process that calls setpriority() is ended here, "
                      "so passwords are hashed with the workers' priority and "
                      "slow down other requests: allow the call (systemd: "
                      "SystemCallFilter, SystemCallErrorNumber=EPERM)");
    }
}

void hash_threads::start_worker() noexcept
{
    if (!may_set_priority_) {
        return;
    }
    errno = 0;
    const int own = getpriority(PRIO_PROCESS, 0);
    if (errno == 0) {
        nice_ = std::min(own + nicer_by, nicest);
    }
}

void hash_threads::lower_priority() const noexcept
{
#if (NGX_LINUX)
    // On Linux this is the calling thread, elsewhere it is the whole process.
    if (nice_) {
        setpriority(PRIO_PROCESS, 0, *nice_);
    }
#endif
}

} // namespace auth
