#pragma once

#include "account/operation.h"
#include "account/session_keeping.h"
#include "account/session_user.h"

#include "store/user_store.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace auth {

/// Ends all sessions of a user who is logged in, on every nginx that has the
/// store, by raising the user's epoch. The session that asks may go on in the
/// new epoch.
///
/// Stages: store (find, compare and set, keep the session that goes on). If
/// run() throws, the outcome is `unavailable`, or `unknown` if the write had
/// begun.
class session_ending final : public operation
{
public:
    enum class outcome {
        ended,     ///< stored; see epoch()
        gone,      ///< nobody can log in as that user any more, as in
                   ///< user_check
        overtaken, ///< the session was ended before, by a new password or with
                   ///< all others; see password_fingerprint() and epoch()
        unavailable, ///< nothing was stored
        unknown      ///< the new epoch may have been stored
    };

    /// The store must outlive the operation. `session` is the one in which the
    /// user goes on; without it none is kept in the store.
    session_ending(user_store& store, session_user who,
                   std::unique_ptr<session_keeping> session = nullptr);

    outcome result() const noexcept { return result_; }
    /// After `ended`: those of the session that goes on. After `overtaken`: the
    /// present ones.
    std::uint64_t password_fingerprint() const noexcept { return fingerprint_; }
    std::int64_t epoch() const noexcept { return epoch_; }
    /// A line for the error log, or empty.
    const std::string& detail() const noexcept { return detail_; }
    /// The session that was to be kept, or null.
    const session_keeping* session() const noexcept { return session_.get(); }

private:
    void run_all();
    std::optional<stored_user> find(user_store& in);
    void raise(const stored_user& user);

    user_store& whole_store_;
    const std::shared_ptr<user_store> store_;
    const session_user who_;
    const std::unique_ptr<session_keeping> session_;

    outcome result_ = outcome::unavailable;
    std::uint64_t fingerprint_ = 0;
    std::int64_t epoch_ = 0;
    std::string detail_;
};

} // namespace auth
