#pragma once

#include "store/mongo_collection.h"
#include "store/store_result.h"

#include <atomic>
#include <cstdint>

namespace auth {

/// The indexes of the collections of sessions and of revocations. All functions
/// may be called from several threads at once.
class mongo_session_indexes
{
public:
    /// Looks for the indexes, and makes those that are missing. It looks again
    /// a minute after it has succeeded, because a collection may have been
    /// dropped. If the server makes no TTL index, it makes a plain index, and
    /// the first answer has a note. Fails as unavailable.
    store_outcome ensure(const mongo_collection& sessions,
                         const mongo_collection& revocations);

    /// Whether the server deletes by itself what has expired, as far as known.
    bool has_ttl() const noexcept { return has_ttl_; }

private:
    store_outcome ensure(const mongo_collection& in, const char* date,
                         std::int64_t seconds, bool by_user);
    store_outcome make_ttl(const mongo_collection& in, const char* date,
                           std::int64_t seconds);

    std::atomic<bool> has_ttl_{true};
    std::atomic<bool> is_told_{false};
    /// In steady seconds; 0: never.
    std::atomic<std::int64_t> looked_at_{0};
};

} // namespace auth
