// How sessions in MongoDB end, and how what has expired goes.

#include "store/mongo_query.h"
#include "store/mongo_session_document.h"
#include "store/mongo_session_store.h"

namespace auth {

namespace {

using code = store_failure::code;
using kind = mongo_failure::kind;

constexpr std::int64_t documents_at_once = 500;
/// A server with TTL indexes deletes each minute. What is this long overdue, it
/// does not delete by itself.
constexpr std::int64_t overdue_ms = 10 * 60 * 1000;

mongo_client::outcome delete_matching(const mongo_collection& from,
                                      const bson_document& filter)
{
    return from.run("write to", [&](const mongo_client::call& call) {
        return mongoc_collection_delete_many(call.collection, filter.get(),
                                             nullptr, nullptr, call.error);
    });
}

} // namespace

store_outcome
mongo_session_store::answer_to_deletion(const mongo_client::outcome& sent) const
{
    if (sent.failure.failed()) {
        return fail(sent.of_repeatable_write(), sent.failure);
    }
    return store_note{};
}

/// A duplicate is this revocation, appended by an attempt whose answer was
/// lost: its _id is its own. The sessions are deleted already, so it is no
/// question of the operation's time: nobody would find them to end them again.
store_outcome mongo_session_store::append(const revocation& ending)
{
    bson_document document;
    write_revocation(ending, document);
    mongo_duplicate refused;
    const auto sent = revocations_.without_limit().run(
        "write to", [&](const mongo_client::call& call) {
            return insert_document(call, document, refused);
        });
    if (sent.failure.failed() && sent.failure.what != kind::duplicate) {
        return fail(code::unknown, sent.failure);
    }
    return store_note{};
}

/// Deletes the sessions that match, then appends what has ended, also if only a
/// majority has not confirmed the deletion yet.
store_outcome mongo_session_store::end(const bson_document& filter,
                                       std::vector<revocation> endings)
{
    // Before anything is written: a revocation with the time of a wrong clock
    // would be read by nobody.
    store_outcome clock = ask_clock_now_and_then();
    if (!clock) {
        return clock;
    }
    const mongo_client::outcome sent = delete_matching(sessions_, filter);
    store_outcome deleted = answer_to_deletion(sent);
    if (!deleted && sent.failure.what != kind::unconfirmed) {
        return deleted;
    }
    for (revocation& each : endings) {
        each.at = now();
        store_outcome appended = append(each);
        if (!appended) {
            return appended;
        }
    }
    // Where no nginx keeps sessions nobody else makes the index that lets
    // revocations expire. The sessions have ended even if it cannot be made.
    if (deleted) {
        known_->indexes.ensure(sessions_, revocations_);
    }
    return deleted;
}

store_outcome mongo_session_store::remove(const sha256_digest& digest)
{
    bson_document filter;
    write_digest("_id", digest, filter);
    revocation ending;
    ending.session = digest;
    return end(filter, {ending});
}

store_outcome
mongo_session_store::remove_lower_epochs(const std::string& user_id,
                                         std::int64_t epoch)
{
    bson_document lower;
    lower.number("$lt", epoch);
    bson_document filter;
    filter.text("user", user_id);
    filter.document("epoch", lower);
    revocation ending;
    ending.user_id = user_id;
    ending.epoch = epoch;
    return end(filter, {ending});
}

store_result<std::vector<sha256_digest>>
mongo_session_store::trim(const std::string& user_id, const std::string& realm,
                          std::size_t limit)
{
    bson_document filter;
    write_live_filter(user_id, realm, now(), filter);
    bson_document projection;
    write_projection("_id", projection);
    bson_document options;
    write_query_options(projection, 0, options);
    write_latest_first(options);
    options.number("skip", static_cast<std::int64_t>(limit));
    std::vector<sha256_digest> oldest;
    store_outcome done = read(
        sessions_, filter, options, [&] { oldest.clear(); },
        [&](const mongo_found& each) {
            sha256_digest digest{};
            if (read_session_id(each.document, digest)) {
                oldest.push_back(digest);
            }
        });
    if (done && !oldest.empty()) {
        std::vector<revocation> endings;
        for (const sha256_digest& digest : oldest) {
            endings.emplace_back().session = digest;
        }
        bson_document these;
        write_digests("_id", oldest, these);
        done = end(these, std::move(endings));
    }
    if (!done) {
        return failed(done.error());
    }
    return oldest;
}

/// Deletes some documents whose date has come, by their _id: so every server
/// deletes no more than these at once.
store_outcome mongo_session_store::purge(const mongo_collection& from,
                                         const char* date, std::int64_t before)
{
    bson_document earlier;
    earlier.date("$lt", before);
    bson_document filter;
    filter.document(date, earlier);
    bson_document projection;
    write_projection("_id", projection);
    bson_document options;
    write_query_options(projection, documents_at_once, options);
    bson_document ids;
    int count = 0;
    store_outcome done = read(
        from, filter, options,
        [&] {
            bson_reinit(ids.get());
            count = 0;
        },
        [&](const mongo_found& each) {
            bson_iter_t id;
            if (bson_iter_init_find(&id, &each.document, "_id")) {
                bson_append_iter(ids.get(), std::to_string(count++).c_str(), -1,
                                 &id);
            }
        });
    if (!done || count == 0) {
        return done;
    }
    bson_document in;
    in.array("$in", ids);
    bson_document these;
    these.document("_id", in);
    return answer_to_deletion(delete_matching(from, these));
}

store_outcome mongo_session_store::purge()
{
    store_outcome done = ask_clock_now_and_then();
    const std::int64_t before =
        now() - (known_->indexes.has_ttl() ? overdue_ms : 0);
    if (done) {
        done = purge(sessions_, "until", before);
    }
    if (done) {
        done = purge(revocations_, "at", before - revocation_life_ms);
    }
    return done;
}

} // namespace auth
