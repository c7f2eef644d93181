#include "account/own_sessions.h"

#include <algorithm>
#include <utility>

namespace auth {

own_sessions::own_sessions(session_store& store, question asked)
    : store_(store.within(time())), asked_(std::move(asked))
{
    then(stage::store, [this] { run_all(); });
}

void own_sessions::run_all()
{
    auto found = store_->list(asked_.user_id, asked_.realm);
    if (!found) {
        detail_ = found.error().detail;
        return;
    }
    sessions_ = std::move(*found);
    now_ = store_->now();
    if (!find_digest()) {
        result_ = outcome::listed;
        drop_dead();
        return;
    }
    result_ = outcome::not_ended; // also if it throws
    const store_outcome removed = store_->remove(digest_);
    if (removed) {
        result_ = outcome::ended;
    } else {
        detail_ = removed.error().detail;
    }
}

/// Finds the session that is to end. Returns false if there is none.
bool own_sessions::find_digest()
{
    const auto wanted = std::find_if(
        sessions_.begin(), sessions_.end(), [this](const stored_session& each) {
            return asked_.ends && asked_.ends(each.digest);
        });
    if (wanted == sessions_.end()) {
        return false;
    }
    digest_ = wanted->digest;
    return true;
}

bool own_sessions::is_dead(const stored_session& session) const
{
    const bool longer = session.remembered && asked_.remember_ms != 0;
    const std::int64_t idle = longer ? asked_.remember_ms : asked_.idle_ms;
    return session.epoch != asked_.epoch || now_ - session.seen >= idle;
}

/// Leaves those that a request could still show. The present one is shown.
void own_sessions::drop_dead()
{
    const auto dead = std::remove_if(
        sessions_.begin(), sessions_.end(), [this](const stored_session& each) {
            return each.digest != asked_.present && is_dead(each);
        });
    sessions_.erase(dead, sessions_.end());
}

} // namespace auth
