#include "account/session_removal.h"

#include <utility>

namespace auth {

session_removal::session_removal(session_store& store,
                                 std::vector<sha256_digest> sessions)
    : store_(store.within(time())), not_ended_(std::move(sessions))
{
    then(stage::store, [this] { remove(); });
}

void session_removal::remove()
{
    while (!not_ended_.empty()) {
        const store_outcome removed = store_->remove(not_ended_.back());
        if (!removed) {
            detail_ = removed.error().detail;
            return;
        }
        not_ended_.pop_back();
    }
}

} // namespace auth
