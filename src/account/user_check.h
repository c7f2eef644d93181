#pragma once

#include "account/operation.h"

#include "base/sha256.h"
#include "store/session_store.h"
#include "store/user_store.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// Asks the store about the user of a session, and which of the user's sessions
/// it still has.
///
/// Stages: store (find the user, by the name exactly as stored, then the
/// sessions: two queries at most). If run() throws, the outcome is
/// `unavailable`.
class user_check final : public operation
{
public:
    enum class outcome {
        same,       ///< the user is there; see roles() and the fingerprint,
                    ///< and missing()
        gone,       ///< nobody can log in as that user any more: deleted,
                    ///< renamed, disabled, made anew under another id, or the
                    ///< document has become unusable
        unavailable ///< the store does not say
    };

    /// Sessions of the user that are kept in a store, too.
    struct kept_sessions {
        session_store* store = nullptr; ///< null: none are kept
        std::vector<sha256_digest> digests;
    };

    /// Id and name are those of the session. The stores must outlive the
    /// operation.
    user_check(user_store& store, std::string user_id, std::string username,
               kept_sessions sessions);

    outcome result() const noexcept { return result_; }
    /// After `gone`: why, in a word or two.
    std::string_view why_gone() const noexcept { return why_gone_; }
    /// After `same`: the present roles.
    const std::vector<std::string>& roles() const noexcept { return roles_; }
    /// After `same`: if the session has another fingerprint, the password was
    /// changed (password_fingerprint.h).
    std::uint64_t password_fingerprint() const noexcept { return fingerprint_; }
    /// After `same`: if the session has a lower epoch, it was ended
    /// (store/user_store.h).
    std::int64_t epoch() const noexcept { return epoch_; }
    /// After `same`: the sessions that the store does not have any more. If it
    /// does not say, there are none of them.
    const std::vector<sha256_digest>& missing() const noexcept
    {
        return missing_;
    }
    /// Those that it asks for.
    const std::vector<sha256_digest>& sessions() const noexcept
    {
        return sessions_.digests;
    }
    /// A line for the error log, or empty.
    const std::string& detail() const noexcept { return detail_; }

private:
    void find();
    void find_user();
    void find_sessions();

    user_store& store_;
    const std::string user_id_;
    const std::string username_;
    kept_sessions sessions_;

    outcome result_ = outcome::unavailable;
    std::string_view why_gone_;
    std::vector<std::string> roles_;
    std::uint64_t fingerprint_ = 0;
    std::int64_t epoch_ = 0;
    std::vector<sha256_digest> missing_;
    std::string detail_;
};

} // namespace auth
