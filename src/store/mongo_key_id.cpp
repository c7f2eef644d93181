#include "store/mongo_key_id.h"

#include "base/machine_time.h"
#include "store/mongo_query.h"

#include <algorithm>

namespace auth {

namespace {

using code = store_failure::code;
using kind = mongo_failure::kind;

constexpr std::int64_t key_is_good_for_seconds = 60;
/// Another nginx may write or remove it in between.
constexpr int most_looks = 3;

std::string read_text(const bson_t& document, const char* name,
                      const char* otherwise)
{
    bson_iter_t field;
    if (bson_iter_init_find(&field, &document, name) &&
        BSON_ITER_HOLDS_UTF8(&field)) {
        return bson_iter_utf8(&field, nullptr);
    }
    return otherwise;
}

store_outcome fail(const mongo_collection& meta, const mongo_failure& why)
{
    return failed({code::unavailable, meta.describe(why.text), cause_of(why)});
}

} // namespace

store_outcome mongo_key_id::ensure(const mongo_collection& meta)
{
    const std::int64_t now = steady_seconds();
    const std::int64_t looked = looked_at_;
    if (ids_.empty() ||
        (looked != 0 && now - looked < key_is_good_for_seconds)) {
        return store_note{};
    }
    entry kept;
    store_outcome done = look(meta, kept);
    for (int looks = 1; done && kept.value.empty() && looks < most_looks;
         ++looks) {
        done = write_first(meta);
        if (done) {
            done = look(meta, kept);
        }
    }
    if (!done) {
        return done;
    }
    if (std::find(ids_.begin(), ids_.end(), kept.value) == ids_.end()) {
        return refuse(meta, kept.value);
    }
    looked_at_ = now;
    if (kept.value != ids_.front() &&
        kept.former.find(ids_.front()) == std::string::npos) {
        done = replace(meta, kept);
    }
    // It has the key, whether or not the server takes the new one.
    return done ? done : store_note{done.error().detail};
}

store_outcome mongo_key_id::look(const mongo_collection& meta,
                                 entry& kept) const
{
    bson_document filter;
    filter.text("_id", name_);
    bson_document options;
    options.number("limit", 1);
    const auto sent = meta.run("read", [&](const mongo_client::call& call) {
        kept = {};
        return query_documents(
            call, filter, options, [&kept](const bson_t& document) {
                // What is no text is nobody's id.
                kept.value = read_text(document, "value", "no text");
                kept.former = read_text(document, "former", "");
                return false;
            });
    });
    return sent.failure.failed() ? fail(meta, sent.failure) : store_note{};
}

/// Unless another nginx was faster.
store_outcome mongo_key_id::write_first(const mongo_collection& meta) const
{
    bson_document document;
    document.text("_id", name_);
    document.text("value", ids_.front());
    document.text("former", "");
    mongo_duplicate refused;
    const auto sent = meta.run("write to", [&](const mongo_client::call& call) {
        return insert_document(call, document, refused);
    });
    return sent.failure.failed() && sent.failure.what != kind::duplicate
               ? fail(meta, sent.failure)
               : store_note{};
}

/// Unless it is another one by now.
store_outcome mongo_key_id::replace(const mongo_collection& meta,
                                    const entry& kept) const
{
    bson_document filter;
    filter.text("_id", name_);
    filter.text("value", kept.value);
    bson_document set;
    set.text("value", ids_.front());
    set.text("former",
             kept.former.empty() ? kept.value : kept.former + " " + kept.value);
    bson_document update;
    update.document("$set", set);
    std::int64_t matched = 0;
    const auto sent = meta.run("write to", [&](const mongo_client::call& call) {
        return update_document(call, filter, update, matched);
    });
    return sent.failure.failed() ? fail(meta, sent.failure) : store_note{};
}

store_result<bool> mongo_key_id::forget(const mongo_collection& meta,
                                        const std::string& users)
{
    std::string end = prefix_of(users);
    ++end.back(); // what begins with the prefix is less
    bson_document all;
    all.text("$gte", prefix_of(users));
    all.text("$lt", end);
    bson_document filter;
    filter.document("_id", all);
    bool was_there = false;
    const auto sent = meta.run("write to", [&](const mongo_client::call& call) {
        bson_document reply;
        const bool removed = mongoc_collection_delete_many(
            call.collection, filter.get(), nullptr, reply.get(), call.error);
        was_there |= read_count(reply, "deletedCount") != 0;
        return removed;
    });
    if (sent.failure.failed()) {
        return failed(sent.of_repeatable_write(),
                      meta.describe(sent.failure.text));
    }
    return was_there;
}

store_outcome mongo_key_id::refuse(const mongo_collection& meta,
                                   const std::string& kept) const
{
    std::string detail = meta.describe(
        "nobody can log in on this nginx: it does not have the key of the "
        "sessions in this database (" +
        name_ + " in collection " + meta.name() + " is " + kept +
        "). Write the \"secret\" of the other nginx here, too; if that is "
        "lost, \"ngx-auth-admin forget-key\" lets this one take its place");
    return failed(
        {code::unavailable, std::move(detail), store_failure::cause::refused});
}

} // namespace auth
