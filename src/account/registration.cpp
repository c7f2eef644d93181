#include "account/registration.h"

#include "account/username.h"

#include <utility>

namespace auth {

registration::registration(user_store& store, const hash_cost& cost,
                           const password_policy& policy, bool reserved,
                           std::string username, secret password)
    : store_(store), cost_(cost), policy_(policy), reserved_(reserved),
      password_(std::move(password))
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
    store_answer answer = store_.find_folded(user_.username);
    detail_ = std::move(answer.detail);
    switch (answer.status) {
    case store_answer::code::absent:
        looked_up_ = true;
        if (reserved_) {
            result_ = outcome::taken;
        } else {
            then(stage::hash, [this] { hash(); });
        }
        break;
    case store_answer::code::taken:
        looked_up_ = true;
        result_ = outcome::taken;
        break;
    default:
        result_ = outcome::unavailable;
        break;
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
    store_answer answer = store_.insert(user_);
    user_.password = secret();
    detail_ = std::move(answer.detail);
    switch (answer.status) {
    case store_answer::code::done:
        result_ = outcome::registered;
        break;
    case store_answer::code::taken:
        result_ = outcome::taken;
        break;
    case store_answer::code::unknown:
        result_ = outcome::unknown;
        break;
    default:
        result_ = outcome::unavailable;
        break;
    }
}

} // namespace auth
