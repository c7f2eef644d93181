#pragma once

#include "base/checked.h"

#include <functional>
#include <string>

namespace auth {

/// Calls `work` in a child process and gives what it returns, or why there is
/// no answer: for what may end a process, or needs another user's rights. The
/// caller waits for the child. Use it while the configuration is read. Throws
/// std::bad_alloc.
checked<std::string> ask_child(const std::function<std::string()>& work);

} // namespace auth
