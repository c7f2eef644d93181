#pragma once

#include "account/operation.h"
#include "account/password_policy.h"
#include "hash/password_hash.h"

#include "store/user_store.h"

#include <memory>
#include <string>

namespace auth {

/// Makes a new user.
///
/// Stages:
///  - store: check the rules for names and passwords, then whether the name
///    is free.
///  - hash: check the strength of the password, then hash it.
///  - store: insert the user.
///
/// It ends early if the outcome is known. A form that breaks a rule asks no
/// store, and a name that is taken costs no hash. A `reserved` name is answered
/// as taken, after the same work.
///
/// If run() throws, the outcome is `unavailable`, or `unknown` if the insert
/// had begun.
class registration final : public operation
{
public:
    enum class outcome {
        invalid,     ///< see username_error() and password_error()
        taken,       ///< a user has a name that folds to this one
        registered,  ///< stored
        unavailable, ///< nothing was stored
        unknown      ///< the user may have been stored
    };

    /// The name and the password are as typed; `reserved` says whether a folded
    /// name is reserved. The store must outlive the operation, and the cost
    /// must be within the cap.
    registration(user_store& store, const hash_cost& cost,
                 const password_policy& policy, bool reserved,
                 std::string username, secret password);

    outcome result() const noexcept { return result_; }
    /// Whether the store has answered if the name is free. From then on the
    /// client can tell it, by the time that the operation takes. And only from
    /// then on the operation costs as much as a hash.
    bool has_looked_up() const noexcept { return looked_up_; }
    /// What to show at each field, or empty.
    const std::string& username_error() const noexcept
    {
        return username_error_;
    }
    const std::string& password_error() const noexcept
    {
        return password_error_;
    }
    /// After `registered`: the user as stored, without the password.
    const stored_user& user() const noexcept { return user_; }
    /// A line for the error log, or empty.
    const std::string& detail() const noexcept { return detail_; }

private:
    void check();
    void ask_whether_free();
    void hash();
    void insert();

    const std::shared_ptr<user_store> store_;
    const hash_cost cost_;
    const password_policy policy_;
    const bool reserved_;
    secret password_; ///< as typed, then in form C

    outcome result_ = outcome::unavailable;
    bool looked_up_ = false;
    stored_user user_;
    std::string username_error_;
    std::string password_error_;
    std::string detail_;
};

} // namespace auth
