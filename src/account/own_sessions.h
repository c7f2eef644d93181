#pragma once

#include "account/operation.h"
#include "base/sha256.h"
#include "store/session_store.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace auth {

/// Reads a user's sessions for their account page, and ends one of them if it
/// is asked to.
///
/// Stages: store (list, perhaps remove). If run() throws, the outcome is
/// `unavailable`, or `not_ended` if the removal had begun.
class own_sessions final : public operation
{
public:
    struct question {
        std::string user_id;
        std::string realm;
        std::int64_t epoch; ///< of the user; a session of a lower one is dead
        std::int64_t idle_ms;
        std::int64_t remember_ms; ///< idle time of remembered ones; 0: idle_ms
        sha256_digest present{};  ///< the session that asks
        /// Whether a session is the one to end; null: none is.
        std::function<bool(const sha256_digest&)> ends;
    };

    enum class outcome {
        listed, ///< none was to end, or the user does not have that session
        ended,
        not_ended,  ///< the store may still have it
        unavailable ///< nothing was read
    };

    /// The store must outlive the operation.
    own_sessions(session_store& store, question asked);

    outcome result() const noexcept { return result_; }
    /// Those that live, the latest first, before one was ended.
    const std::vector<stored_session>& sessions() const noexcept
    {
        return sessions_;
    }
    /// After `ended` and `not_ended`: the session.
    const sha256_digest& digest() const noexcept { return digest_; }
    /// The store's clock when they were read.
    std::int64_t now() const noexcept { return now_; }
    /// A line for the error log, or empty.
    const std::string& detail() const noexcept { return detail_; }

private:
    void run_all();
    bool find_digest();
    bool is_dead(const stored_session& session) const;
    void drop_dead();

    const std::shared_ptr<session_store> store_;
    const question asked_;

    outcome result_ = outcome::unavailable;
    std::vector<stored_session> sessions_;
    sha256_digest digest_{};
    std::int64_t now_ = 0;
    std::string detail_;
};

} // namespace auth
