#include "store/mongo_session_indexes.h"

#include "base/machine_time.h"
#include "store/mongo_create_index.h"
#include "store/session_store.h"

#include <string>
#include <vector>

namespace auth {

namespace {

using code = store_failure::code;
using kind = mongo_failure::kind;

constexpr std::int64_t good_for_seconds = 60;

/// The indexes of a collection, as far as they matter.
struct known_indexes {
    bool by_date = false;
    bool by_date_is_ttl = false;
    bool by_user = false;
};

/// "user,created" of { user: 1, created: 1 }; empty for any other kind.
std::string ascending_fields(const bson_t& index)
{
    bson_iter_t field;
    bson_iter_t key;
    std::string fields;
    if (!bson_iter_init_find(&field, &index, "key") ||
        !BSON_ITER_HOLDS_DOCUMENT(&field) || !bson_iter_recurse(&field, &key)) {
        return {};
    }
    while (bson_iter_next(&key)) {
        if (!BSON_ITER_HOLDS_NUMBER(&key) || bson_iter_as_int64(&key) != 1) {
            return {};
        }
        fields +=
            (fields.empty() ? "" : ",") + std::string(bson_iter_key(&key));
    }
    return fields;
}

void note_index(const bson_t& index, const char* date, known_indexes& known)
{
    bson_iter_t field;
    const std::string fields = ascending_fields(index);
    known.by_user |= fields == "user,created";
    if (fields == date) {
        known.by_date = true;
        known.by_date_is_ttl |=
            bson_iter_init_find(&field, &index, "expireAfterSeconds") &&
            BSON_ITER_HOLDS_NUMBER(&field);
    }
}

mongo_client::outcome list_indexes(const mongo_collection& collection,
                                   const char* date, known_indexes& known)
{
    return collection.run(
        "list the indexes of", [&](const mongo_client::call& call) {
            known = {};
            mongo_handle<mongoc_cursor_t> indexes(
                mongoc_collection_find_indexes_with_opts(call.collection,
                                                         nullptr));
            const bson_t* document = nullptr;
            while (mongoc_cursor_next(indexes.get(), &document)) {
                note_index(*document, date, known);
            }
            return !mongoc_cursor_error(indexes.get(), call.error);
        });
}

/// `seconds`: after which a TTL index deletes, or -1 for a plain index.
mongo_client::outcome create(const mongo_collection& in,
                             const std::vector<const char*>& fields,
                             std::int64_t seconds)
{
    bson_document key;
    std::string name;
    for (const char* field : fields) {
        bson_append_int32(key.get(), field, -1, 1);
        name += (name.empty() ? "" : "_") + std::string(field) + "_1";
    }
    bson_document index;
    index.document("key", key);
    index.text("name", name);
    if (seconds >= 0) {
        bson_append_int32(index.get(), "expireAfterSeconds", -1,
                          static_cast<int32_t>(seconds));
    }
    return in.run("create indexes in", [&](const mongo_client::call& call) {
        return create_mongo_index(call, index);
    });
}

store_outcome outcome_of(const mongo_collection& in,
                         const mongo_client::outcome& sent)
{
    if (!sent.failure.failed()) {
        return store_note{};
    }
    return failed({code::unavailable, in.describe(sent.failure.text),
                   cause_of(sent.failure)});
}

} // namespace

/// A server that has no TTL indexes refuses to make them, each in its own
/// words. Rights (13) are no question of that.
store_outcome mongo_session_indexes::make_ttl(const mongo_collection& in,
                                              const char* date,
                                              std::int64_t seconds)
{
    constexpr int unauthorized = 13;
    const auto created = create(in, {date}, seconds);
    if (created.failure.what != kind::refused ||
        created.failure.code == unauthorized) {
        return outcome_of(in, created);
    }
    store_outcome plain = outcome_of(in, create(in, {date}, -1));
    if (plain) {
        has_ttl_ = false;
    }
    return plain;
}

store_outcome mongo_session_indexes::ensure(const mongo_collection& in,
                                            const char* date,
                                            std::int64_t seconds, bool by_user)
{
    known_indexes known;
    store_outcome done = outcome_of(in, list_indexes(in, date, known));
    if (done && by_user && !known.by_user) {
        done = outcome_of(in, create(in, {"user", "created"}, -1));
    }
    if (!done) {
        return done;
    }
    if (!known.by_date) {
        return make_ttl(in, date, seconds);
    }
    if (!known.by_date_is_ttl) {
        has_ttl_ = false;
    }
    return done;
}

store_outcome mongo_session_indexes::ensure(const mongo_collection& sessions,
                                            const mongo_collection& revocations)
{
    const std::int64_t now = steady_seconds();
    const std::int64_t looked = looked_at_;
    if (looked != 0 && now - looked < good_for_seconds) {
        return store_note{};
    }
    store_outcome done = ensure(sessions, "until", 0, true);
    if (done) {
        done = ensure(revocations, "at", revocation_life_ms / 1000, false);
    }
    if (!done) {
        return done;
    }
    looked_at_ = now;
    if (!has_ttl_ && !is_told_.exchange(true)) {
        return store_note{sessions.describe(
            "the server has no TTL index on sessions: the module deletes "
            "those that have expired")};
    }
    return done;
}

} // namespace auth
