#pragma once

#include "nginx/ngx.h"

#include <optional>

namespace auth {

/// The threads of a worker in which password hashes are computed, and nothing
/// else. There are as many as hashes may run at once, but 32 at most: nginx
/// wakes the threads of a larger pool in rotation, and two hashes would share a
/// processor while another processor is idle. They have a lower priority than
/// the worker, so that a flood of logins takes only the time that requests
/// leave.
///
/// There is one object for each cycle.
class hash_threads
{
public:
    hash_threads() = default;
    hash_threads(const hash_threads&) = delete;
    hash_threads& operator=(const hash_threads&) = delete;
    ~hash_threads() = default;

    /// Declares the pool while the configuration is read, for so many hashes at
    /// once. Throws configuration_error.
    void declare(ngx_conf_t* cf, ngx_uint_t hashes);
    /// Call it in a worker, in the event loop, before the first hash.
    void start_worker() noexcept;

    ngx_thread_pool_t* pool() const noexcept { return pool_; }

    /// Gives the calling thread its priority. Call it in a thread of the pool.
    /// If the kernel refuses, or would end the process, the thread works with
    /// the worker's priority.
    void lower_priority() const noexcept;

private:
    ngx_thread_pool_t* pool_ = nullptr;
    bool may_set_priority_ = false;
    std::optional<int> nice_; ///< in a worker
};

} // namespace auth
