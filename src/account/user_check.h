#pragma once

#include "account/operation.h"

#include "store/user_store.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// Asks the store what has become of the user of a session.
///
/// Stages: store (find, by the name exactly as stored). When run() throws,
/// the outcome is `unavailable`.
class user_check final : public operation
{
public:
    enum class outcome {
        same,       ///< the user is there; see roles() and the fingerprint
        gone,       ///< nobody can log in as that user any more: deleted,
                    ///< renamed, disabled, made anew under another id, or the
                    ///< document has become unusable
        unavailable ///< not known
    };

    /// Id and name are those of the session. The store must outlive the
    /// operation.
    user_check(user_store& store, std::string user_id, std::string username);

    outcome result() const noexcept { return result_; }
    /// After `gone`: which of these it is, in a word or two.
    std::string_view why_gone() const noexcept { return why_gone_; }
    /// After `same`: the roles of now.
    const std::vector<std::string>& roles() const noexcept { return roles_; }
    /// After `same`: another one than that of the session means that the
    /// password was changed (password_fingerprint.h).
    std::uint64_t password_fingerprint() const noexcept { return fingerprint_; }
    /// After `same`: a higher one than that of the session means that all
    /// sessions of before were ended (store/user_store.h).
    std::int64_t epoch() const noexcept { return epoch_; }
    /// One line for the error log, or empty.
    const std::string& detail() const noexcept { return detail_; }

private:
    void find();

    user_store& store_;
    const std::string user_id_;
    const std::string username_;

    outcome result_ = outcome::unavailable;
    std::string_view why_gone_;
    std::vector<std::string> roles_;
    std::uint64_t fingerprint_ = 0;
    std::int64_t epoch_ = 0;
    std::string detail_;
};

} // namespace auth
