#pragma once

#include "account/operation.h"
#include "account/session_keeping.h"
#include "hash/dummy_hash.h"
#include "hash/password_hash.h"

#include "store/user_store.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace auth {

/// Checks a name and a password against the store.
///
/// Stages:
///  - store: find the user.
///  - hash: verify the password. Make a new hash if the stored hash is weaker
///    than configured or of another kind.
///  - store, after a right password: find the user again, because the hash may
///    have waited long for its turn. Perhaps compare and set the new hash. Keep
///    the session.
///
/// The answer takes as long for everybody. The password of a disabled user is
/// compared with the user's own hash. For an unknown or unusable user, and for
/// a name that nobody can have, it is compared with a dummy hash of a kind that
/// the store holds.
///
/// If run() throws, the outcome is `unavailable`.
class login final : public operation
{
public:
    enum class outcome {
        refused,    ///< unknown, disabled or unusable user, wrong password
        accepted,   ///< see user()
        overtaken,  ///< the user has changed while this login was under way
        unavailable ///< the store failed, so the outcome is not known
    };

    /// The name and the password are as typed. The store and the dummies must
    /// outlive the operation; the cost must be within the cap. Without a
    /// `session` none is kept in the store.
    login(user_store& store, dummy_hashes& dummies, const hash_cost& cost,
          std::string username, secret password,
          std::unique_ptr<session_keeping> session = nullptr);

    outcome result() const noexcept { return result_; }
    /// After `accepted`: the user, with the epoch and without the password.
    const stored_user& user() const noexcept { return user_; }
    /// After `accepted`: the fingerprint of the password, for user_check. A new
    /// hash of the same password has the same (password_fingerprint.h).
    std::uint64_t password_fingerprint() const noexcept { return fingerprint_; }
    /// After `refused`: why, for the operators' logs only.
    std::string_view refusal() const noexcept;
    /// Whether this login has replaced the stored hash by a stronger one.
    bool rehashed() const noexcept { return rehashed_; }
    /// Whether the store has failed; see detail().
    bool store_failed() const noexcept { return store_failed_; }
    /// Whether the typed name is a user's. A name that nobody has may be a
    /// password in the wrong field (unknown_name_for_log() in username.h).
    bool is_a_users_name() const noexcept { return stored_; }
    /// A line for the error log, or empty.
    const std::string& detail() const noexcept { return detail_; }
    /// The session that was to be kept, or null. It counts after `accepted`.
    const session_keeping* session() const noexcept { return session_.get(); }

private:
    void find();
    store_result<stored_user> ask_store();
    void check();
    verdict verify(std::string_view password, std::string_view dummy);
    void accept(std::string_view password);
    void confirm();
    bool is_as_before();
    bool store_new_hash();
    bool keep_session();
    void overtaken();
    void refuse() noexcept;
    std::string quoted_name() const;
    void note(const std::string& text);

    const std::shared_ptr<user_store> store_;
    dummy_hashes& dummies_;
    const hash_cost cost_;
    std::string username_;
    secret password_;
    const std::unique_ptr<session_keeping> session_;

    outcome result_ = outcome::unavailable;
    stored_user user_;
    bool stored_ = false; ///< a user has the name
    bool known_ = false;  ///< user_ is there, with a hash to check against
    secret new_hash_;     ///< waits for the second store stage
    std::uint64_t fingerprint_ = 0;
    std::string_view refusal_ = "wrong password";
    bool rehashed_ = false;
    bool store_failed_ = false;
    std::string detail_;
};

} // namespace auth
