#include "nginx/threads/hash_threads.h"

#include "nginx/nginx_internals.h"

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

} // namespace

void hash_threads::declare(ngx_conf_t* cf, ngx_uint_t threads)
{
    pool_ = declare_thread_pool(cf, "auth hashes", threads);
}

void hash_threads::start_worker() noexcept
{
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
