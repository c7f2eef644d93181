#include "account/user_check.h"

#include "account/password_fingerprint.h"

#include <algorithm>
#include <utility>

namespace auth {

user_check::user_check(user_store& store, std::string user_id,
                       std::string username, kept_sessions sessions)
    : store_(store), user_id_(std::move(user_id)),
      username_(std::move(username)), sessions_(std::move(sessions))
{
    then(stage::store, [this] { find(); });
}

void user_check::find()
{
    find_user();
    if (result_ == outcome::same && sessions_.store != nullptr &&
        !sessions_.digests.empty()) {
        find_sessions();
    }
}

void user_check::find_sessions()
{
    const auto there = sessions_.store->present(sessions_.digests);
    if (!there) {
        detail_ = there.error().detail;
        return;
    }
    std::copy_if(sessions_.digests.begin(), sessions_.digests.end(),
                 std::back_inserter(missing_),
                 [&there](const sha256_digest& digest) {
                     return std::find(there->begin(), there->end(), digest) ==
                            there->end();
                 });
}

void user_check::find_user()
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
