#include "account/user_check.h"

#include "account/password_fingerprint.h"

#include <utility>

namespace auth {

user_check::user_check(user_store& store, std::string user_id,
                       std::string username)
    : store_(store), user_id_(std::move(user_id)),
      username_(std::move(username))
{
    then(stage::store, [this] { find(); });
}

void user_check::find()
{
    stored_user user;
    store_answer answer = store_.find({username_}, user);
    detail_ = std::move(answer.detail);
    switch (answer.status) {
    case store_answer::code::done:
        if (user.id != user_id_ || user.disabled) {
            result_ = outcome::gone;
            why_gone_ = user.id != user_id_ ? "deleted" : "disabled";
            break;
        }
        fingerprint_ = auth::password_fingerprint(user);
        epoch_ = user.epoch;
        roles_ = std::move(user.roles);
        result_ = outcome::same;
        break;
    case store_answer::code::absent:
    case store_answer::code::unusable:
        result_ = outcome::gone;
        why_gone_ = answer.status == store_answer::code::absent
                        ? "deleted"
                        : "unusable document";
        break;
    default:
        break;
    }
}

} // namespace auth
