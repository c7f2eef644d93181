#pragma once

#include "nginx/ngx.h"

namespace auth {

/// Whether the workers of this cycle will get the threads of their pools: a
/// child that has become the workers' user starts as many. It is one process:
/// if it has no place for so many threads, that is no failure.
///
/// nginx ends a worker that gets no threads, and starts no other in its place.
/// After a reload this happens while the old workers are told to quit, so that
/// nobody is left to serve. So call it while a failure still keeps the old
/// cycle. False, after it has logged what is wrong.
bool can_start_threads(ngx_cycle_t* cycle) noexcept;

} // namespace auth
