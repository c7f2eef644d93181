#pragma once

#include "base/checked.h"
#include "base/wiped_string.h"

#include <functional>

namespace auth {

/// Calls `work` in a child process and gives what it returns, or why there is
/// no answer: for what may end a process, or needs another user's rights. The
/// caller waits for the child. Use it while the configuration is read. Throws
/// std::bad_alloc.
checked<wiped_string> ask_child(const std::function<wiped_string()>& work);

} // namespace auth
