#pragma once

// Thread pools of a configuration.

#include "nginx/ngx.h"

#include <string_view>

namespace auth {

/// Declares a thread pool, as if the directive `thread_pool` were written in
/// the configuration: nginx has no other way to say how many threads there are.
/// Each worker starts the threads. Throws configuration_error if nginx refuses
/// it; the log says why.
ngx_thread_pool_t* declare_thread_pool(ngx_conf_t* cf, std::string_view name,
                                       ngx_uint_t threads);

/// How many threads each worker will start, for all pools of the configuration.
/// Call it when nginx has completed them.
ngx_uint_t threads_of_worker(const ngx_cycle_t* cycle) noexcept;

} // namespace auth
