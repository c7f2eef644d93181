// What operators do with the users of a MongoDB database.

#include "store/mongo_user_store.h"

#include "store/mongo_id.h"
#include "store/mongo_listed_user.h"
#include "store/mongo_name_filter.h"
#include "store/mongo_query.h"
#include "store/mongo_user_update.h"

#include <algorithm>
#include <iterator>

namespace auth {

namespace {

using code = store_failure::code;

/// Removes a document; `deleted` says how many there were.
bool remove_document(const mongo_client::call& call,
                     const bson_document& filter, int64_t& deleted)
{
    bson_document reply;
    const bool removed = mongoc_collection_delete_one(
        call.collection, filter.get(), nullptr, reply.get(), call.error);
    deleted = read_count(reply, "deletedCount");
    return removed;
}

} // namespace

/// The users that match, in the order of their names.
store_result<std::vector<listed_user>>
mongo_user_store::read_listed(const bson_document& filter, std::int64_t limit)
{
    bson_document projection;
    documents_->write_projection(projection);
    bson_document options;
    write_query_options(projection, limit, options);
    bson_document order;
    order.number(documents_->schema().username.c_str(), 1);
    options.document("sort", order);

    std::vector<listed_user> users;
    auto sent = users_.run("read", [&](const mongo_client::call& call) {
        users.clear();
        return query_documents(
            call, filter, options, [&](const bson_t& document) {
                users.push_back(read_listed_document(*documents_, document));
                return true;
            });
    });
    if (sent.failure.failed()) {
        return fail(code::unavailable, sent.failure);
    }
    return users;
}

store_result<std::vector<listed_user>>
mongo_user_store::list(const std::string& after, std::size_t limit)
{
    const std::string& path = documents_->schema().username;
    const bool in_numbers = is_place_of_number(after);
    store_result<std::vector<listed_user>> page;
    if (!in_numbers) {
        bson_document behind;
        behind.text("$gt", after);
        bson_document texts;
        texts.document(path.c_str(), behind);
        page = read_listed(texts, static_cast<std::int64_t>(limit));
        if (!page || page->size() >= limit) {
            return page;
        }
    }
    bson_document numbers;
    write_number_filter(path, after, numbers);
    auto rest =
        read_listed(numbers, static_cast<std::int64_t>(limit - page->size()));
    if (!rest) {
        return rest;
    }
    std::move(rest->begin(), rest->end(), std::back_inserter(*page));
    return page;
}

store_result<std::vector<listed_user>>
mongo_user_store::look_up(const std::vector<std::string>& names)
{
    std::vector<std::string_view> texts;
    std::copy_if(names.begin(), names.end(), std::back_inserter(texts),
                 is_mongo_text);
    if (texts.empty()) {
        return {};
    }
    bson_document filter;
    write_name_filter(documents_->schema().username, texts, filter);
    return read_listed(filter, 0);
}

/// Makes the update that changes a user, for the document as it is now. Fails
/// as absent or unavailable.
store_outcome mongo_user_store::prepare_update(const bson_document& filter,
                                               const user_changes& changes,
                                               bson_document& update)
{
    bson_document projection;
    documents_->write_projection(projection);
    bson_document options;
    write_query_options(projection, 1, options);
    bool present = false;
    auto sent = users_.run("read", [&](const mongo_client::call& call) {
        return query_documents(call, filter, options,
                               [&](const bson_t& document) {
                                   present = true;
                                   write_user_update(documents_->schema(),
                                                     document, changes, update);
                                   return false;
                               });
    });
    if (sent.failure.failed()) {
        return fail(code::unavailable, sent.failure);
    }
    if (!present) {
        return failed(code::absent);
    }
    return store_note{};
}

store_outcome mongo_user_store::change_user(const std::string& id,
                                            const user_changes& changes)
{
    const bool storable =
        (changes.password.empty() || is_mongo_text(changes.password.view())) &&
        (!changes.roles || std::all_of(changes.roles->begin(),
                                       changes.roles->end(), is_mongo_text));
    bson_document filter;
    if (!append_id(id, "_id", filter)) {
        return failed(code::absent);
    }
    if (!storable) {
        return failed(code::unusable, "this password or these roles cannot be "
                                      "stored: they are no text");
    }
    bson_document update;
    store_outcome ready = prepare_update(filter, changes, update);
    if (!ready || bson_empty(update.get())) {
        return ready;
    }
    int64_t matched = 0;
    auto sent = users_.run("write to", [&](const mongo_client::call& call) {
        return update_document(call, filter, update, matched);
    });
    if (sent.failure.failed()) {
        return fail(sent.of_repeatable_write(), sent.failure);
    }
    if (matched == 0) {
        return failed(code::absent);
    }
    return changes.ends_sessions() ? end_sessions_as_stored(users_.done(), id)
                                   : store_outcome(users_.done());
}

store_outcome mongo_user_store::remove_user(const std::string& id)
{
    bson_document filter;
    if (!append_id(id, "_id", filter)) {
        return failed(code::absent);
    }
    store_result<std::int64_t> epoch = 0;
    if (sessions_) {
        epoch = read_epoch_of(id);
    }
    if (!epoch) {
        return failed(epoch.error());
    }
    int64_t deleted = 0;
    auto sent = users_.run("write to", [&](const mongo_client::call& call) {
        return remove_document(call, filter, deleted);
    });
    if (sent.failure.failed()) {
        return fail(sent.of_repeatable_write(), sent.failure);
    }
    // An earlier attempt may have found the document.
    const bool gone_now = deleted != 0 || sent.perhaps_done;
    if (!gone_now) {
        return failed(code::absent);
    }
    return end_sessions(users_.done(), id, *epoch + 1);
}

} // namespace auth
