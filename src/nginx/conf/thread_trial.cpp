#include "nginx/conf/thread_trial.h"

#include "nginx/child_process.h"
#include "nginx/internals/thread_pools.h"

#include <cerrno>
#include <cstring>
#include <pthread.h>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace auth {

namespace {

/// Limits count threads, whatever they do and however small they are. These
/// share one address space, which those of several workers do not.
constexpr std::size_t stack_size = 64 * 1024;

void* wait_for_the_end(void* /*nothing*/)
{
    while (true) {
        pause();
    }
}

/// Whether the kernel allows no more tasks. The C library reports a refused
/// thread by the same error if there are too many of them for one process, for
/// its address space (RLIMIT_AS) or its mappings (vm.max_map_count): several
/// workers might have them all. A process is a task, too, and needs no place in
/// this one.
bool no_task_is_left() noexcept
{
    const pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    if (child > 0) {
        waitpid(child, nullptr, 0);
    }
    return child == -1 && errno == EAGAIN;
}

/// Starts so many threads; returns the error if the kernel's limits refuse one,
/// or 0. They end with the process.
int start_threads(ngx_uint_t count) noexcept
{
    pthread_attr_t attributes;
    int error = pthread_attr_init(&attributes);
    if (error == 0) {
        error = pthread_attr_setstacksize(&attributes, stack_size);
    }
    for (ngx_uint_t i = 0; i < count && error == 0; ++i) {
        pthread_t started{};
        error =
            pthread_create(&started, &attributes, wait_for_the_end, nullptr);
    }
    return error == EAGAIN && !no_task_is_left() ? 0 : error;
}

/// In the child: what is wrong, or nothing.
wiped_string try_in_child(const ngx_core_conf_t& core, ngx_uint_t count)
{
    const int error = become_worker(core) ? start_threads(count) : errno;
    return error == 0 ? wiped_string() : wiped_string(std::strerror(error));
}

bool try_threads(ngx_cycle_t* cycle)
{
    const ngx_core_conf_t& core = core_conf_of(cycle);
    const ngx_uint_t workers =
        core.master != 0 ? static_cast<ngx_uint_t>(core.worker_processes) : 1;
    const ngx_uint_t threads = threads_of_worker(cycle);
    // Each worker counts, too.
    const ngx_uint_t all = workers * (threads + 1);
    const checked<wiped_string> answer =
        ask_child([&] { return try_in_child(core, all); });
    if (answer && answer->empty()) {
        return true;
    }
    const std::string wrong(answer ? std::string_view(*answer)
                                   : std::string_view(answer.error()));
    ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                  "auth: %ui workers with %ui threads each cannot be started "
                  "(%s): raise the limit of processes and threads, as of "
                  "systemd's TasksMax and LimitNPROC, or take fewer "
                  "worker_processes or threads",
                  workers, threads, wrong.c_str());
    return false;
}

} // namespace

bool can_start_threads(ngx_cycle_t* cycle) noexcept
{
    return guarded(cycle->log, false, [&] { return try_threads(cycle); });
}

} // namespace auth
