#include "account/session_ending.h"

#include "account/password_fingerprint.h"

#include <utility>

namespace auth {

session_ending::session_ending(user_store& store, session_user who,
                               std::unique_ptr<session_keeping> session)
    : whole_store_(store), store_(store.within(time())), who_(std::move(who)),
      session_(std::move(session))
{
    then(stage::store, [this] { run_all(); });
}

void session_ending::run_all()
{
    const std::optional<stored_user> user = find(*store_);
    if (!user) {
        return;
    }
    if (fingerprint_ != who_.password || epoch_ != who_.epoch) {
        result_ = outcome::overtaken;
        return;
    }
    raise(*user);
    if (result_ == outcome::ended) {
        // The others have ended, whatever becomes of this one.
        keep_session(session_.get(), time(), who_.id, fingerprint_, epoch_,
                     detail_);
    }
}

/// Reads the user. Returns nothing if the operation is over.
std::optional<stored_user> session_ending::find(user_store& in)
{
    store_result<stored_user> found = in.find({who_.name});
    if (!detail_of(found).empty()) {
        detail_ = detail_of(found);
    }
    if (found && found->id == who_.id && !found->disabled) {
        fingerprint_ = auth::password_fingerprint(*found);
        epoch_ = found->epoch;
        return std::move(*found);
    }
    if (found || found.error().what == store_failure::code::absent ||
        found.error().what == store_failure::code::unusable) {
        result_ = outcome::gone;
    }
    return std::nullopt;
}

void session_ending::raise(const stored_user& user)
{
    result_ = outcome::unknown; // if it throws
    const store_outcome raised = store_->raise_epoch(user);
    detail_ = detail_of(raised);
    if (raised) {
        epoch_ = user.epoch + 1;
        result_ = outcome::ended;
        return;
    }
    if (raised.error().what == store_failure::code::unknown) {
        return;
    }
    result_ = outcome::unavailable;
    // The store may have spent all of the time to find out.
    if (raised.error().what == store_failure::code::changed &&
        find(whole_store_) && epoch_ > user.epoch) {
        result_ = outcome::overtaken;
    }
}

} // namespace auth
