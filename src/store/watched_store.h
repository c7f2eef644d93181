#pragma once

#include "store/session_store.h"
#include "store/user_store.h"

#include <functional>
#include <memory>

namespace auth {

/// Is told of each failure of a store, in the thread that has called it. That
/// somebody is absent, taken or has changed is no failure.
using failure_watcher = std::function<void(const store_failure&)>;

/// The same store, whose failures `told` hears of.
std::unique_ptr<user_store> watch(std::unique_ptr<user_store> store,
                                  failure_watcher told);
std::shared_ptr<session_store> watch(std::shared_ptr<session_store> store,
                                     failure_watcher told);

} // namespace auth
