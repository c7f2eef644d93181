#include "account/session_ending.h"

#include "account/password_fingerprint.h"

#include <utility>

namespace auth {

session_ending::session_ending(user_store& store, session_user who)
    : store_(store), who_(std::move(who))
{
    then(stage::store, [this] { run_all(); });
}

void session_ending::run_all()
{
    stored_user user;
    if (!find(user)) {
        return;
    }
    if (fingerprint_ != who_.password || epoch_ != who_.epoch) {
        result_ = outcome::overtaken;
        return;
    }
    raise(user);
}

/// Reads the user. Returns false if the operation is over.
bool session_ending::find(stored_user& user)
{
    store_answer answer = store_.find({who_.name}, user);
    if (!answer.detail.empty()) {
        detail_ = std::move(answer.detail);
    }
    const bool is_there = answer.done() && user.id == who_.id && !user.disabled;
    if (is_there) {
        fingerprint_ = auth::password_fingerprint(user);
        epoch_ = user.epoch;
    } else if (answer.done() || answer.status == store_answer::code::absent ||
               answer.status == store_answer::code::unusable) {
        result_ = outcome::gone;
    }
    return is_there;
}

void session_ending::raise(const stored_user& user)
{
    result_ = outcome::unknown; // if it throws
    store_answer answer = store_.raise_epoch(user);
    detail_ = std::move(answer.detail);
    stored_user now;
    switch (answer.status) {
    case store_answer::code::done:
        epoch_ = user.epoch + 1;
        result_ = outcome::ended;
        break;
    case store_answer::code::unknown:
        // Any higher epoch has the same effect.
        if (find(now) && epoch_ > user.epoch) {
            result_ = fingerprint_ == who_.password ? outcome::ended
                                                    : outcome::overtaken;
        }
        break;
    case store_answer::code::changed:
    case store_answer::code::absent:
        result_ = outcome::unavailable;
        if (find(now) && epoch_ > user.epoch) {
            result_ = outcome::overtaken;
        }
        break;
    default:
        result_ = outcome::unavailable;
        break;
    }
}

} // namespace auth
