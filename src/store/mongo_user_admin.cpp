// What operators do with the users of a MongoDB database.

#include "mongo_user_store.h"

#include "mongo_document.h"
#include "mongo_query.h"

#include <algorithm>
#include <array>
#include <ctime>

namespace auth {

namespace {

using code = store_answer::code;
using kind = mongo_failure::kind;

/// Field `created_at`, as Date or as text.
std::string read_created_at(const bson_t& document)
{
    bson_iter_t field;
    if (!bson_iter_init_find(&field, &document, "created_at")) {
        return {};
    }
    if (BSON_ITER_HOLDS_UTF8(&field)) {
        uint32_t length = 0;
        const char* text = bson_iter_utf8(&field, &length);
        return {text, length};
    }
    std::tm parts{};
    const auto seconds =
        static_cast<std::time_t>(bson_iter_date_time(&field) / 1000);
    if (!BSON_ITER_HOLDS_DATE_TIME(&field) ||
        gmtime_r(&seconds, &parts) == nullptr) {
        return {};
    }
    std::array<char, 64> text{};
    const std::size_t size =
        std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
    return {text.data(), size};
}

listed_user read_listed_document(const bson_t& document)
{
    stored_user user;
    store_answer answer = read_user_document(document, user);
    std::string_view name;
    read_username(document, name);
    listed_user made;
    made.id = std::move(user.id);
    made.username = name;
    made.created_at = read_created_at(document);
    made.disabled = user.disabled;
    made.roles = std::move(user.roles);
    made.problem = std::move(answer.detail);
    return made;
}

/// Sets what is changed, and leaves out what says nothing.
void write_update(const user_changes& changes, bson_document& update)
{
    bson_document set;
    bson_document unset;
    if (!changes.password.empty()) {
        set.text("password", changes.password.view());
    }
    if (changes.disabled) {
        (*changes.disabled ? set : unset).boolean("disabled", true);
    }
    if (changes.roles && !changes.roles->empty()) {
        write_roles(*changes.roles, set);
    } else if (changes.roles) {
        unset.boolean("roles", true);
    }
    if (!bson_empty(set.get())) {
        update.document("$set", set);
    }
    if (!bson_empty(unset.get())) {
        update.document("$unset", unset);
    }
}

/// Removes one document; `deleted` tells how many there were.
bool remove_document(const mongo_client::call& call,
                     const bson_document& filter, int64_t& deleted)
{
    bson_document reply;
    const bool removed = mongoc_collection_delete_one(
        call.users, filter.get(), nullptr, reply.get(), call.error);
    deleted = read_count(reply, "deletedCount");
    return removed;
}

/// What a write says that could be sent again without harm, when an attempt
/// may be done or not.
code status_of(const mongo_client::outcome& sent)
{
    const bool perhaps_done =
        sent.perhaps_done || sent.failure.what == kind::unconfirmed;
    return perhaps_done ? code::unknown : code::unavailable;
}

} // namespace

/// Appends the users that match, in the order of their names.
store_answer mongo_user_store::read_listed(const bson_document& filter,
                                           std::int64_t limit,
                                           std::vector<listed_user>& users)
{
    bson_document options;
    write_query_options(
        {"username", "password", "disabled", "roles", "created_at"}, limit,
        options);
    bson_document order;
    order.number("username", 1);
    options.document("sort", order);

    const std::size_t before = users.size();
    auto sent = client_.run("read", [&](const mongo_client::call& call) {
        users.resize(before);
        return query_users(call, filter, options, [&](const bson_t& document) {
            users.push_back(read_listed_document(document));
            return true;
        });
    });
    return sent.failure.failed() ? answer(code::unavailable, sent.failure)
                                 : store_answer{code::done, {}};
}

store_answer mongo_user_store::list(const std::string& after, std::size_t limit,
                                    std::vector<listed_user>& page)
{
    bson_document behind;
    behind.text("$gt", after);
    bson_document filter;
    filter.document("username", behind);
    return read_listed(filter, static_cast<std::int64_t>(limit), page);
}

store_answer mongo_user_store::look_up(const std::vector<std::string>& names,
                                       std::vector<listed_user>& found)
{
    std::vector<std::string_view> texts;
    std::copy_if(names.begin(), names.end(), std::back_inserter(texts),
                 is_mongo_text);
    if (texts.empty()) {
        return {code::done, {}};
    }
    bson_document filter;
    write_name_filter(texts, filter);
    return read_listed(filter, 0, found);
}

store_answer mongo_user_store::change_user(const std::string& id,
                                           const user_changes& changes)
{
    bson_oid_t oid;
    if (!parse_object_id(id, oid)) {
        return {code::absent, {}};
    }
    const bool storable =
        (changes.password.empty() || is_mongo_text(changes.password.view())) &&
        (!changes.roles || std::all_of(changes.roles->begin(),
                                       changes.roles->end(), is_mongo_text));
    if (!storable) {
        return {code::unusable, "this password or these roles cannot be "
                                "stored: they are no text"};
    }
    bson_document filter;
    filter.id("_id", oid);
    bson_document update;
    write_update(changes, update);
    if (bson_empty(update.get())) {
        return {code::done, {}};
    }
    int64_t matched = 0;
    auto sent = client_.run("write to", [&](const mongo_client::call& call) {
        return update_user(call, filter, update, matched);
    });
    if (sent.failure.failed()) {
        return answer(status_of(sent), sent.failure);
    }
    return {matched == 0 ? code::absent : code::done, {}};
}

store_answer mongo_user_store::remove_user(const std::string& id)
{
    bson_oid_t oid;
    if (!parse_object_id(id, oid)) {
        return {code::absent, {}};
    }
    bson_document filter;
    filter.id("_id", oid);
    int64_t deleted = 0;
    auto sent = client_.run("write to", [&](const mongo_client::call& call) {
        return remove_document(call, filter, deleted);
    });
    if (sent.failure.failed()) {
        return answer(status_of(sent), sent.failure);
    }
    // The attempt before this one may have found the document.
    const bool gone_now = deleted != 0 || sent.perhaps_done;
    return {gone_now ? code::done : code::absent, {}};
}

} // namespace auth
