#include "account/session_keeping.h"

#include <memory>
#include <utility>

namespace auth {

session_keeping::session_keeping(session_store& store, terms written)
    : store_(store), terms_(std::move(written)), not_ended_(terms_.replaced)
{}

store_outcome session_keeping::keep(store_time& time,
                                    const std::string& user_id,
                                    std::uint64_t password, std::int64_t epoch)
{
    const std::shared_ptr<session_store> store = store_.within(time);
    // Now the store's clock is known.
    store_outcome ready = store->prepare();
    if (!ready) {
        return ready;
    }
    stored_session& session = terms_.draft;
    session.user_id = user_id;
    session.password = password;
    session.epoch = epoch;
    session.created = session.seen = session.password_shown = store->now();
    session.until = session.created + terms_.lifetime_ms;

    may_be_kept_ = true; // also if it throws
    store_outcome kept = store->insert(session);
    if (!kept) {
        may_be_kept_ = kept.error().what == store_failure::code::unknown;
        return kept;
    }
    kept_ = true;
    if (kept->detail.empty()) {
        kept->detail = ready->detail;
    }
    // A store that has just failed would keep somebody waiting once more; the
    // next login counts the sessions again.
    if (!end_replaced(*store, kept->detail)) {
        return kept;
    }
    auto displaced = store->trim(user_id, session.realm, terms_.limit);
    if (displaced) {
        displaced_ = std::move(*displaced);
    } else {
        kept->detail = displaced.error().detail;
    }
    return kept;
}

/// Returns false if the store fails. Those that it was not told of are left in
/// not_ended_.
bool session_keeping::end_replaced(session_store& store, std::string& note)
{
    while (!not_ended_.empty()) {
        const store_outcome ended = store.remove(not_ended_.back());
        if (!ended) {
            note = ended.error().detail;
            return false;
        }
        not_ended_.pop_back();
    }
    return true;
}

bool keep_session(session_keeping* session, store_time& time,
                  const std::string& user_id, std::uint64_t password,
                  std::int64_t epoch, std::string& detail)
{
    if (session == nullptr) {
        return true;
    }
    const store_outcome kept = session->keep(time, user_id, password, epoch);
    if (!detail_of(kept).empty()) {
        detail = detail_of(kept);
    }
    return kept.has_value();
}

} // namespace auth
