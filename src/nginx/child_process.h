#pragma once

#include "nginx/ngx.h"

#include "base/checked.h"
#include "base/wiped_string.h"

#include <functional>

namespace auth {

/// Calls `work` in a child process and gives what it returns, or why there is
/// no answer: for what may end a process, or needs another user's rights. The
/// caller waits for the child. Use it while the configuration is read. Throws
/// std::bad_alloc.
checked<wiped_string> ask_child(const std::function<wiped_string()>& work);

inline const ngx_core_conf_t& core_conf_of(const ngx_cycle_t* cycle) noexcept
{
    return *reinterpret_cast<ngx_core_conf_t*>(
        ngx_get_conf(cycle->conf_ctx, ngx_core_module));
}

/// Becomes the user of this nginx's workers. Call it in a child. If it fails,
/// errno says why.
bool become_worker(const ngx_core_conf_t& core) noexcept;

} // namespace auth
