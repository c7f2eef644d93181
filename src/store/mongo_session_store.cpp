#include "store/mongo_session_store.h"

#include "base/machine_time.h"
#include "store/mongo_query.h"
#include "store/mongo_session_document.h"
#include "store/session_limits.h"

#include <algorithm>

namespace auth {

namespace {

using code = store_failure::code;
using kind = mongo_failure::kind;

struct close_bulk {
    void operator()(mongoc_bulk_operation_t* bulk) const
    {
        mongoc_bulk_operation_destroy(bulk);
    }
};

/// One command has so many updates: it stays far below the time limit.
constexpr std::size_t uses_at_once = 500;

/// { $max: { seen: … } } never moves a use back, and an update of one document
/// makes none.
bool add_use(mongoc_bulk_operation_t* bulk, const session_use& use,
             bson_error_t* error)
{
    bson_document filter;
    write_digest("_id", use.digest, filter);
    bson_document seen;
    seen.date("seen", use.seen);
    bson_document update;
    update.document("$max", seen);
    return mongoc_bulk_operation_update_one_with_opts(
        bulk, filter.get(), update.get(), nullptr, error);
}

bool note_uses(const mongo_client::call& call, const session_use* first,
               std::size_t count)
{
    bson_document options;
    options.boolean("ordered", false);
    const std::unique_ptr<mongoc_bulk_operation_t, close_bulk> bulk(
        mongoc_collection_create_bulk_operation_with_opts(call.collection,
                                                          options.get()));
    for (std::size_t i = 0; i < count; ++i) {
        if (!add_use(bulk.get(), first[i], call.error)) {
            return false;
        }
    }
    bson_document reply;
    return mongoc_bulk_operation_execute(bulk.get(), reply.get(), call.error) !=
           0;
}

bool is_same(const stored_session& left, const stored_session& right)
{
    return left.digest == right.digest && left.user_id == right.user_id &&
           left.realm == right.realm && left.epoch == right.epoch &&
           left.created == right.created && left.until == right.until;
}

} // namespace

mongo_session_store::mongo_session_store(
    const std::shared_ptr<mongo_client>& client, const std::string& users,
    session_key_ids keys)
    : sessions_(client, sessions_collection),
      revocations_(client, revocations_collection),
      meta_(client, meta_collection),
      known_(std::make_shared<knowledge>(users, std::move(keys)))
{}

mongo_session_store::mongo_session_store(const mongo_session_store& whole,
                                         store_time& time)
    : sessions_(whole.sessions_.within(time)),
      revocations_(whole.revocations_.within(time)),
      meta_(whole.meta_.within(time)), known_(whole.known_)
{}

std::shared_ptr<session_store> mongo_session_store::within(store_time& time)
{
    return std::shared_ptr<session_store>(new mongo_session_store(*this, time));
}

tl::unexpected<store_failure>
mongo_session_store::fail(code what, const mongo_failure& why) const
{
    return failed({what, sessions_.describe(why.text), cause_of(why)});
}

store_outcome mongo_session_store::prepare()
{
    store_outcome ready = known_->key.ensure(meta_);
    if (ready) {
        ready = known_->indexes.ensure(sessions_, revocations_);
    }
    if (ready) {
        const store_outcome asked = ask_clock_now_and_then();
        if (!asked) {
            return failed(asked.error());
        }
    }
    return ready;
}

std::int64_t mongo_session_store::now() const noexcept
{
    return known_->clock.now();
}

std::int64_t mongo_session_store::ahead_ms() const noexcept
{
    return known_->clock.ahead_ms();
}

store_outcome mongo_session_store::ask_clock_now_and_then()
{
    const auto asked = known_->clock.ask_now_and_then(revocations_);
    if (asked.failure.failed()) {
        return fail(code::unavailable, asked.failure);
    }
    return store_note{};
}

/// Runs a query. Each attempt calls `begin`, then `visit` for each document.
store_outcome mongo_session_store::read(const mongo_collection& from,
                                        const bson_document& filter,
                                        const bson_document& options,
                                        const std::function<void()>& begin,
                                        const mongo_visitor& visit)
{
    const auto sent = from.run("read", [&](const mongo_client::call& call) {
        begin();
        return query_documents(call, filter, options,
                               [&visit](const bson_t& document) {
                                   visit({document});
                                   return true;
                               });
    });
    if (sent.failure.failed()) {
        return fail(code::unavailable, sent.failure);
    }
    return store_note{};
}

store_outcome mongo_session_store::insert(const stored_session& session)
{
    if (!can_be_stored(session)) {
        return refuse_session();
    }
    store_outcome ready = prepare();
    if (!ready) {
        return ready;
    }
    bson_document document;
    write_session(session, document);
    mongo_duplicate refused;
    const auto sent =
        sessions_.run("write to", [&](const mongo_client::call& call) {
            return insert_document(call, document, refused);
        });
    if (!sent.failure.failed()) {
        return ready->detail.empty() ? sessions_.done() : std::move(ready);
    }
    if (sent.perhaps_done || sent.failure.what == kind::duplicate) {
        return settle_insert(sent, session);
    }
    return fail(code::unavailable, sent.failure);
}

/// Finds out whether the session is stored: by this insert, or by one before. A
/// server that has not answered in time is not asked again: somebody waits.
store_outcome
mongo_session_store::settle_insert(const mongo_client::outcome& sent,
                                   const stored_session& session)
{
    bson_document filter;
    write_digest("_id", session.digest, filter);
    const bson_document everything;
    bool same = false;
    mongo_settled_reader::outcome found;
    if (can_settle(sent.failure) && !sent.timed_out) {
        found = known_->settled.read(
            sessions_, filter, everything, [&](const mongo_found& each) {
                const auto stored = read_session(each.document);
                same = stored && is_same(*stored, session);
            });
    }
    if (!found.failure.failed() && found.present && same) {
        return store_note{found.note};
    }
    // Another unique index, or another session, refuses this one for good.
    return fail(sent.of_repeatable_write(), sent.failure);
}

store_result<stored_session>
mongo_session_store::find(const sha256_digest& digest)
{
    bson_document filter;
    write_digest("_id", digest, filter);
    bson_document options;
    options.number("limit", 1);
    store_result<stored_session> found = failed(code::absent);
    // Whether it lives is told by the server's clock, and in this worker
    // perhaps nobody calls poll().
    store_outcome done = ask_clock_now_and_then();
    if (done) {
        done = read(
            sessions_, filter, options, [&] { found = failed(code::absent); },
            [&](const mongo_found& each) {
                found = read_session(each.document);
            });
    }
    if (!done) {
        return failed(done.error());
    }
    if (found && found->digest != digest) {
        return failed(code::absent);
    }
    return found;
}

store_result<std::vector<sha256_digest>>
mongo_session_store::present(const std::vector<sha256_digest>& sessions)
{
    bson_document filter;
    write_digests("_id", sessions, filter);
    bson_document projection;
    write_projection("_id", projection);
    bson_document options;
    write_query_options(projection, static_cast<int>(sessions.size()), options);
    std::vector<sha256_digest> there;
    const store_outcome done = read(
        sessions_, filter, options, [&] { there.clear(); },
        [&](const mongo_found& each) {
            sha256_digest digest{};
            if (read_session_id(each.document, digest)) {
                there.push_back(digest);
            }
        });
    if (!done) {
        return failed(done.error());
    }
    return there;
}

store_result<std::vector<stored_session>>
mongo_session_store::list(const std::string& user_id,
                          const std::optional<std::string>& realm)
{
    bson_document filter;
    write_live_filter(user_id, realm, now(), filter);
    bson_document options;
    write_latest_first(options);
    std::vector<stored_session> sessions;
    const store_outcome done = read(
        sessions_, filter, options, [&] { sessions.clear(); },
        [&](const mongo_found& each) {
            if (auto session = read_session(each.document)) {
                sessions.push_back(std::move(*session));
            }
        });
    if (!done) {
        return failed(done.error());
    }
    return sessions;
}

store_outcome mongo_session_store::touch_some(const session_use* first,
                                              std::size_t count)
{
    const auto sent =
        sessions_.run("write to", [&](const mongo_client::call& call) {
            return note_uses(call, first, count);
        });
    if (!sent.failure.failed()) {
        return store_note{};
    }
    return fail(sent.of_repeatable_write(), sent.failure);
}

store_outcome mongo_session_store::touch(const std::vector<session_use>& uses)
{
    store_outcome done = store_note{};
    for (std::size_t at = 0; done && at < uses.size(); at += uses_at_once) {
        done = touch_some(&uses[at], std::min(uses_at_once, uses.size() - at));
    }
    return done;
}

store_result<std::vector<revocation>>
mongo_session_store::poll(std::int64_t within_ms)
{
    const auto asked = known_->clock.ask(revocations_);
    if (asked.failure.failed()) {
        return fail(code::unavailable, asked.failure);
    }
    const clock_jumps::times read_at{now(), steady_milliseconds()};
    bson_document from;
    from.date("$gte", known_->jumps.needs_all(read_at)
                          ? 0
                          : read_at.time_ms - within_ms);
    bson_document filter;
    filter.document("at", from);
    bson_document order;
    order.number("at", 1);
    bson_document options;
    options.document("sort", order);
    std::vector<revocation> appended;
    const store_outcome done = read(
        revocations_, filter, options, [&] { appended.clear(); },
        [&](const mongo_found& each) {
            revocation ending;
            if (read_revocation(each.document, ending)) {
                appended.push_back(std::move(ending));
            }
        });
    if (!done) {
        return failed(done.error());
    }
    known_->jumps.note(read_at);
    return appended;
}

} // namespace auth
