#include "account/registration.h"

#include "account/username.h"

#include <utility>

namespace auth {

registration::registration(user_store& store, const hash_cost& cost,
                           const password_policy& policy, bool reserved,
                           std::string username, secret password)
    : store_(store.within(time())), cost_(cost), policy_(policy),
      reserved_(reserved), password_(std::move(password))
{
    user_.username = std::move(username);
    then(stage::store, [this] { check(); });
}

void registration::check()
{
    user_.username = fold_username(user_.username);
    username_error_ = describe(check_new_username(user_.username));
    password_error_ = read_new_password(password_, policy_);
    if (username_error_.empty() && password_error_.empty()) {
        ask_whether_free();
    } else {
        result_ = outcome::invalid;
    }
    if (next() == stage::done) {
        password_ = secret();
    }
}

void registration::ask_whether_free()
{
    const store_result<bool> taken = store_->is_taken(user_.username);
    if (!taken) {
        detail_ = taken.error().detail;
        result_ = outcome::unavailable;
        return;
    }
    looked_up_ = true;
    if (*taken || reserved_) {
        result_ = outcome::taken;
    } else {
        then(stage::hash, [this] { hash(); });
    }
}

void registration::hash()
{
    password_error_ = check_strength(password_.view(), user_.username, policy_);
    if (!password_error_.empty()) {
        password_ = secret();
        result_ = outcome::invalid;
        return;
    }
    user_.password = hash_password(password_.view(), cost_);
    password_ = secret();
    then(stage::store, [this] { insert(); });
}

void registration::insert()
{
    user_.id = new_user_id();
    result_ = outcome::unknown;
    const store_outcome inserted = store_->insert(user_);
    user_.password = secret();
    detail_ = detail_of(inserted);
    if (inserted) {
        result_ = outcome::registered;
        return;
    }
    switch (inserted.error().what) {
    case store_failure::code::taken:
        result_ = outcome::taken;
        break;
    case store_failure::code::unknown:
        result_ = outcome::unknown;
        break;
    default:
        result_ = outcome::unavailable;
        break;
    }
}

} // namespace auth
