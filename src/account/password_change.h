#pragma once

#include "account/operation.h"
#include "account/password_policy.h"
#include "account/session_keeping.h"
#include "account/session_user.h"
#include "hash/password_hash.h"

#include "store/user_store.h"

#include <cstdint>
#include <memory>
#include <string>

namespace auth {

/// Gives a user who is logged in a new password.
///
/// Stages:
///  - store: find the user by the name exactly as stored.
///  - hash: verify the current password, check the new password, and hash it.
///  - store: compare and set, keep the session that goes on.
///
/// It ends early if the outcome is known. It needs no dummy hash, because the
/// client knows already that the user exists.
///
/// If run() throws, the outcome is `unavailable`, or `unknown` if the
/// replacement had begun.
class password_change final : public operation
{
public:
    enum class outcome {
        wrong_current, ///< counts as a failed attempt to log in
        invalid,       ///< see new_password_error(); the current password was
                       ///< right
        changed,       ///< stored; see password_fingerprint()
        gone,          ///< nobody can log in as that user any more, as in
                       ///< user_check
        overtaken,     ///< nothing was stored: since the session was made the
                       ///< password was changed, or all sessions were ended;
                       ///< see password_fingerprint() and epoch()
        unavailable,   ///< nothing was stored: the store failed, or the user
                       ///< has changed in the meantime
        unknown        ///< the new password may have been stored
    };

    /// `who` is the session's user, the passwords are as typed. The store must
    /// outlive the operation; the cost must be within the cap. `session` is the
    /// one in which the user goes on; without it none is kept in the store.
    password_change(user_store& store, const hash_cost& cost,
                    const password_policy& policy, session_user who,
                    secret current_password, secret new_password,
                    std::unique_ptr<session_keeping> session = nullptr);

    outcome result() const noexcept { return result_; }
    /// After `invalid`: what to show at the field.
    const std::string& new_password_error() const noexcept
    {
        return new_password_error_;
    }
    /// After `changed` and `overtaken`: the present ones. A session that goes
    /// on gets them, and all others of this user have to end.
    std::uint64_t password_fingerprint() const noexcept { return fingerprint_; }
    std::int64_t epoch() const noexcept { return epoch_; }
    /// Whether the store has failed; see detail().
    bool store_failed() const noexcept { return store_failed_; }
    /// A line for the error log, or empty.
    const std::string& detail() const noexcept { return detail_; }
    /// The session that was to be kept, or null.
    const session_keeping* session() const noexcept { return session_.get(); }

private:
    void find();
    void check();
    verdict verify_current(std::string_view normal);
    std::string check_new(std::string_view current);
    void replace();
    void look_what_changed();
    bool is_gone(const store_result<stored_user>& found) const;
    bool is_overtaken(const stored_user& user);
    void end(outcome result) noexcept;
    void note(const std::string& text);

    const std::shared_ptr<user_store> store_;
    const hash_cost cost_;
    const password_policy policy_;
    const session_user who_;
    secret current_password_;
    secret new_password_; ///< as typed, then in form C
    const std::unique_ptr<session_keeping> session_;

    outcome result_ = outcome::unavailable;
    stored_user user_;
    secret new_hash_; ///< waits for the second store stage
    std::string new_password_error_;
    std::uint64_t fingerprint_ = 0;
    std::int64_t epoch_ = 0;
    bool store_failed_ = false;
    std::string detail_;
};

} // namespace auth
