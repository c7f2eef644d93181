#pragma once

#include "base/sha256.h"
#include "store/session_store.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace auth {

/// Keeps a new session in the store: a part of the operation that logs its user
/// in, in a thread, before the answer.
class session_keeping
{
public:
    struct terms {
        stored_session draft; ///< without user and times
        std::int64_t lifetime_ms;
        std::size_t limit; ///< of sessions that a user may have in the realm
        std::vector<sha256_digest> replaced; ///< sessions that end with it
    };

    /// The store must outlive it.
    session_keeping(session_store& store, terms written);

    /// Stores the session, ends those that it replaces, and those of the user
    /// beyond the limit, the oldest first. `time` is that of the operation.
    /// Fails as session_store::insert() does; there is a note if only an ending
    /// has failed.
    store_outcome keep(store_time& time, const std::string& user_id,
                       std::uint64_t password, std::int64_t epoch);

    const sha256_digest& digest() const noexcept { return terms_.draft.digest; }
    /// Whether the store has the session.
    bool kept() const noexcept { return kept_; }
    /// Whether it has the session, or may have it.
    bool may_be_kept() const noexcept { return may_be_kept_; }
    /// Sessions that have ended because of the limit.
    const std::vector<sha256_digest>& displaced() const noexcept
    {
        return displaced_;
    }
    /// Sessions that it replaces and that the store may still have.
    const std::vector<sha256_digest>& not_ended() const noexcept
    {
        return not_ended_;
    }

private:
    bool end_replaced(session_store& store, std::string& note);

    session_store& store_;
    terms terms_;
    bool kept_ = false;
    bool may_be_kept_ = false;
    std::vector<sha256_digest> displaced_;
    std::vector<sha256_digest> not_ended_;
};

/// Keeps a session, if there is one, and writes into `detail` what the store
/// says. Returns false if it could not be kept.
bool keep_session(session_keeping* session, store_time& time,
                  const std::string& user_id, std::uint64_t password,
                  std::int64_t epoch, std::string& detail);

} // namespace auth
