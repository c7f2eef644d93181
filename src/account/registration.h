#pragma once

#include "account/operation.h"
#include "account/password_policy.h"
#include "hash/password_hash.h"

#include "store/user_store.h"

#include <string>

namespace auth {

/// Makes a new user.
///
/// Stages: store (name and password rules, then whether the name is free),
/// hash (the password's strength, then its hash), store (insert). `reserved`
/// names are answered as taken, after the same work. Ends early where the
/// outcome is known: what breaks a rule asks no store, `taken` costs no hash.
///
/// When run() throws, the outcome is `unavailable`, or `unknown` when the
/// insert had begun.
class registration final : public operation
{
public:
    enum class outcome {
        invalid,     ///< see username_error() and password_error()
        taken,       ///< the name, or one that folds to it, is there
        registered,  ///< stored
        unavailable, ///< nothing was stored
        unknown      ///< may have been stored
    };

    /// The name and the password are as typed; `reserved` says whether the
    /// folded name is. The store must outlive the operation; the cost must be
    /// within the cap.
    registration(user_store& store, const hash_cost& cost,
                 const password_policy& policy, bool reserved,
                 std::string username, secret password);

    outcome result() const noexcept { return result_; }
    /// Whether the store was asked and has answered if the name is free. From
    /// then on the course of the operation, above all its time, tells that,
    /// and only from then on does it cost as much as a hash.
    bool has_looked_up() const noexcept { return looked_up_; }
    /// What to show at each field; empty where there is nothing.
    const std::string& username_error() const noexcept
    {
        return username_error_;
    }
    const std::string& password_error() const noexcept
    {
        return password_error_;
    }
    /// After `registered`: the name and id as stored (the password is not in
    /// it any more).
    const stored_user& user() const noexcept { return user_; }
    /// One line for the error log, or empty.
    const std::string& detail() const noexcept { return detail_; }

private:
    void check();
    void ask_whether_free();
    void hash();
    void insert();

    user_store& store_;
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
