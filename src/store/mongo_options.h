#pragma once

#include "base/wiped_string.h"
#include "store/mongo_handles.h"

#include <chrono>

namespace auth {

/// How long the module waits for a deployment.
struct mongo_limits {
    std::chrono::milliseconds selection; ///< for a primary
    std::chrono::milliseconds queue;     ///< for a connection of the pool
    std::chrono::milliseconds operation; ///< for all that one operation asks
};

/// libmongoc waits for a primary, and for a connection of the pool, for no
/// longer than this in one call, because it cannot be told to wait for less.
constexpr std::chrono::milliseconds mongo_wait_step{100};

/// The limits of a URI, which is checked, without a connection.
mongo_limits limits_of_mongo(const wiped_string& uri);

/// Adds to a URI what every command of the module needs: time limits where the
/// URI has none, writes to a majority, reads from the primary, and none of the
/// driver's own retries. Those limits that it returns are the module's: it
/// calls libmongoc again and again.
mongo_limits set_mongo_options(mongoc_uri_t* uri);

} // namespace auth
