#pragma once

#include "hash/dummy_hash.h"
#include "store/user_store.h"

#include <functional>

namespace auth {

/// Counts the hashes in the store for the dummies (dummy_hashes::count() in
/// hash/dummy_hash.h), in the calling thread. The more users there are, the
/// longer it takes. Returns the store's answer. Throws std::bad_alloc.
store_outcome count_hashes(user_store& store, dummy_hashes& dummies,
                           const std::function<bool()>& go_on);

} // namespace auth
