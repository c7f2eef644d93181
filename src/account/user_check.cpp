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
    store_result<stored_user> found = store_.find({username_});
    detail_ = detail_of(found);
    if (found && found->id == user_id_ && !found->disabled) {
        fingerprint_ = auth::password_fingerprint(*found);
        epoch_ = found->epoch;
        roles_ = std::move(found->roles);
        result_ = outcome::same;
    } else if (found) {
        result_ = outcome::gone;
        why_gone_ = found->id != user_id_ ? "deleted" : "disabled";
    } else if (found.error().what == store_failure::code::absent) {
        result_ = outcome::gone;
        why_gone_ = "deleted";
    } else if (found.error().what == store_failure::code::unusable) {
        result_ = outcome::gone;
        why_gone_ = "unusable document";
    }
}

} // namespace auth
