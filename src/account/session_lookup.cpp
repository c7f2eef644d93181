#include "account/session_lookup.h"

#include "account/password_fingerprint.h"

#include <algorithm>
#include <utility>

namespace auth {

session_lookup::session_lookup(session_store& sessions, user_store& users,
                               question asked)
    : sessions_(sessions.within(time())), users_(users.within(time())),
      asked_(std::move(asked))
{
    then(stage::look_up, [this] { find(); });
}

void session_lookup::find()
{
    const store_result<stored_session> found = sessions_->find(asked_.digest);
    is_stored_ = failure_of(found) != store_failure::code::absent;
    if (!found) {
        fail(found.error());
    } else if (is_alive(*found)) {
        find_user(*found);
    } else {
        result_ = outcome::absent;
    }
}

/// Whether it is the session that the request shows, and its time is not over.
bool session_lookup::is_alive(const stored_session& session)
{
    remembered_ = session.remembered;
    const bool longer = remembered_ && asked_.remember_ms != 0;
    const std::int64_t idle = longer ? asked_.remember_ms : asked_.idle_ms;
    const std::int64_t lifetime =
        longer ? asked_.remember_ms : asked_.lifetime_ms;
    const std::int64_t now = sessions_->now();
    const std::int64_t age =
        std::max(now - session.created, lifetime - (session.until - now));
    age_ms_ = static_cast<std::uint64_t>(std::max<std::int64_t>(age, 0));
    unused_ms_ = static_cast<std::uint64_t>(
        std::max<std::int64_t>(now - session.seen, 0));
    return session.kind == session_kind::login &&
           session.realm == asked_.realm && session.secure == asked_.secure &&
           age < lifetime && now - session.seen < idle;
}

/// The session has ended if the user has another epoch: it is lower where an
/// older copy of the database was restored.
void session_lookup::find_user(const stored_session& session)
{
    store_result<stored_user> user = users_->find_by_id(session.user_id);
    if (!user) {
        fail(user.error());
        return;
    }
    fingerprint_ = auth::password_fingerprint(*user);
    const bool lives = !user->disabled && user->epoch == session.epoch &&
                       fingerprint_ == session.password;
    user_ = std::move(*user);
    user_.password = secret();
    result_ = lives ? outcome::found : outcome::absent;
}

/// What is there and cannot be used is nobody's session.
void session_lookup::fail(const store_failure& why)
{
    detail_ = why.detail;
    const bool is_absent = why.what == store_failure::code::absent ||
                           why.what == store_failure::code::unusable;
    result_ = is_absent ? outcome::absent : outcome::unavailable;
}

} // namespace auth
