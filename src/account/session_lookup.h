#pragma once

#include "account/operation.h"
#include "base/sha256.h"
#include "store/session_store.h"
#include "store/user_store.h"

#include <cstdint>
#include <memory>
#include <string>

namespace auth {

/// Looks in the store for a session that the zone does not know, and for its
/// user.
///
/// Stages: look_up (find the session, find the user by id). If run() throws,
/// the outcome is `unavailable`.
class session_lookup final : public operation
{
public:
    /// The session that a request shows, and how long a session may live.
    struct question {
        sha256_digest digest;
        std::string realm;
        bool secure; ///< the kind of the cookie
        std::int64_t idle_ms;
        std::int64_t lifetime_ms;
        std::int64_t remember_ms; ///< of remembered ones, both; 0: as of others
    };

    enum class outcome {
        found,  ///< see user(), password_fingerprint() and age_ms()
        absent, ///< there is no such session, or it is dead
        unavailable
    };

    /// The stores must outlive the operation.
    session_lookup(session_store& sessions, user_store& users, question asked);

    outcome result() const noexcept { return result_; }
    const stored_user& user() const noexcept { return user_; }
    std::uint64_t password_fingerprint() const noexcept { return fingerprint_; }
    /// After `absent`: whether the store has a session of this digest, which is
    /// dead then.
    bool is_stored() const noexcept { return is_stored_; }
    /// How old the session is; if it ends before its lifetime is over, as old
    /// as it would be then.
    std::uint64_t age_ms() const noexcept { return age_ms_; }
    /// Since the last use that the store knows.
    std::uint64_t unused_ms() const noexcept { return unused_ms_; }
    bool remembered() const noexcept { return remembered_; }
    /// A line for the error log, or empty.
    const std::string& detail() const noexcept { return detail_; }

private:
    void find();
    bool is_alive(const stored_session& session);
    void find_user(const stored_session& session);
    void fail(const store_failure& why);

    const std::shared_ptr<session_store> sessions_;
    const std::shared_ptr<user_store> users_;
    const question asked_;

    outcome result_ = outcome::unavailable;
    bool is_stored_ = false;
    stored_user user_;
    std::uint64_t fingerprint_ = 0;
    std::uint64_t age_ms_ = 0;
    std::uint64_t unused_ms_ = 0;
    bool remembered_ = false;
    std::string detail_;
};

} // namespace auth
