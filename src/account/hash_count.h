#pragma once

#include "hash/dummy_hash.h"
#include "store/user_store.h"

#include <functional>

namespace auth {

/// Counts the hashes in the store for the dummies, in the calling thread, for
/// as long as there are users (dummy_hashes::count() in hash/dummy_hash.h).
/// Answers what the store does. Throws std::bad_alloc.
store_answer count_hashes(user_store& store, dummy_hashes& dummies,
                          const std::function<bool()>& go_on);

} // namespace auth
