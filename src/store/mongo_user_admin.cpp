// What operators do with the users of a MongoDB database.

#include "store/mongo_user_store.h"

#include "store/mongo_epoch.h"
#include "store/mongo_field.h"
#include "store/mongo_id.h"
#include "store/mongo_name_filter.h"
#include "store/mongo_query.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <iterator>

namespace auth {

namespace {

using code = store_failure::code;
using kind = mongo_failure::kind;

/// Reads the field `created_at`, which is a Date or a text.
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

/// Names that are numbers come behind the texts in a list. Their place begins
/// with NUL; a text that a server can look for does not.
constexpr char number_mark = '\0';

std::string place_of(const bson_iter_t& name)
{
    switch (bson_iter_type(&name)) {
    case BSON_TYPE_UTF8:
        return std::string(text_of(name));
    case BSON_TYPE_INT32:
    case BSON_TYPE_INT64:
        return number_mark + std::to_string(bson_iter_as_int64(&name));
    default: {
        std::array<char, 64> text{};
        const int length = std::snprintf(text.data(), text.size(), "%.17g",
                                         bson_iter_as_double(&name));
        return number_mark +
               std::string(text.data(), static_cast<std::size_t>(length));
    }
    }
}

/// { path: { $gt: … } }
void write_number_filter(const std::string& path, const std::string& after,
                         bson_document& filter)
{
    bson_document behind;
    if (const auto number = number_of_digits(after)) {
        behind.number("$gt", *number);
    } else {
        bson_append_double(behind.get(), "$gt", -1,
                           after.empty() ? -HUGE_VAL
                                         : std::strtod(after.c_str(), nullptr));
    }
    filter.document(path.c_str(), behind);
}

listed_user read_listed_document(const mongo_user_documents& documents,
                                 const bson_t& document)
{
    stored_user user;
    const store_outcome read = documents.read(document, user);
    listed_user listed;
    listed.id = std::move(user.id);
    listed.username = std::move(user.username);
    listed.created_at = read_created_at(document);
    listed.disabled = user.disabled;
    listed.roles = std::move(user.roles);
    listed.password = std::move(user.password);
    listed.usable = read.has_value();
    listed.problem = detail_of(read);
    bson_iter_t name;
    if (find_field(document, documents.schema().username, name)) {
        listed.place = place_of(name);
    }
    if (listed.username.empty() && listed.usable) {
        listed.usable = false;
        listed.problem =
            documents.schema().username + " is neither text nor a whole number";
    }
    return listed;
}

/// Sets a field that says yes or no, in the type that it has.
void write_truth(const bson_t& current, const std::string& path, bool truth,
                 bson_document& set)
{
    bson_iter_t field;
    const bool is_there = find_field(current, path, field);
    if (is_there && BSON_ITER_HOLDS_UTF8(&field)) {
        set.text(path.c_str(), truth ? "true" : "false");
    } else if (is_there && BSON_ITER_HOLDS_NUMBER(&field)) {
        bson_append_int32(set.get(), path.c_str(), -1, truth ? 1 : 0);
    } else {
        set.boolean(path.c_str(), truth);
    }
}

/// A user is enabled if all fields say so.
void write_disabled(const user_schema& schema, const bson_t& current,
                    bool disabled, bson_document& set, bson_document& unset)
{
    if (disabled) {
        write_truth(current, schema.disabled, true, set);
    } else {
        unset.boolean(schema.disabled.c_str(), true);
    }
    for (const std::string& path : schema.active) {
        bson_iter_t field;
        const bool says_no =
            find_field(current, path, field) && truth_of(field) == false;
        if (disabled ? schema.active_is_written : says_no) {
            write_truth(current, path, !disabled, set);
        }
    }
}

void write_changed_roles(const std::string& path, const bson_t& current,
                         const std::vector<std::string>& roles,
                         bson_document& set, bson_document& unset)
{
    bson_iter_t field;
    if (roles.empty()) {
        unset.boolean(path.c_str(), true);
    } else if (roles.size() == 1 && find_field(current, path, field) &&
               BSON_ITER_HOLDS_UTF8(&field)) {
        set.text(path.c_str(), roles[0]);
    } else {
        write_roles(path, roles, set);
    }
}

/// Writes the update that makes these changes; it may be empty.
void write_update(const user_schema& schema, const bson_t& current,
                  const user_changes& changes, bson_document& update)
{
    bson_document set;
    bson_document unset;
    if (!changes.password.empty()) {
        set.text(schema.password.c_str(), changes.password.view());
    }
    if (changes.disabled) {
        write_disabled(schema, current, *changes.disabled, set, unset);
    }
    if (changes.roles) {
        write_changed_roles(schema.roles, current, *changes.roles, set, unset);
    }
    if (!bson_empty(set.get())) {
        update.document("$set", set);
    }
    if (!bson_empty(unset.get())) {
        update.document("$unset", unset);
    }
    if (changes.ends_sessions()) {
        write_epoch_raise(update);
    }
}

/// Removes a document; `deleted` says how many there were.
bool remove_document(const mongo_client::call& call,
                     const bson_document& filter, int64_t& deleted)
{
    bson_document reply;
    const bool removed = mongoc_collection_delete_one(
        call.users, filter.get(), nullptr, reply.get(), call.error);
    deleted = read_count(reply, "deletedCount");
    return removed;
}

/// The answer to a write that may have taken effect, and could be sent again
/// without harm.
code status_of(const mongo_client::outcome& sent)
{
    const bool perhaps_done =
        sent.perhaps_done || sent.failure.what == kind::unconfirmed;
    return perhaps_done ? code::unknown : code::unavailable;
}

} // namespace

/// The users that match, in the order of their names.
store_result<std::vector<listed_user>>
mongo_user_store::read_listed(const bson_document& filter, std::int64_t limit)
{
    bson_document projection;
    documents_.write_projection(projection);
    bson_document options;
    write_query_options(projection, limit, options);
    bson_document order;
    order.number(documents_.schema().username.c_str(), 1);
    options.document("sort", order);

    std::vector<listed_user> users;
    auto sent = client_.run("read", [&](const mongo_client::call& call) {
        users.clear();
        return query_users(call, filter, options, [&](const bson_t& document) {
            users.push_back(read_listed_document(documents_, document));
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
    const std::string& path = documents_.schema().username;
    const bool in_numbers = !after.empty() && after[0] == number_mark;
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
    write_number_filter(path, in_numbers ? after.substr(1) : "", numbers);
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
    write_name_filter(documents_.schema().username, texts, filter);
    return read_listed(filter, 0);
}

/// Makes the update that changes a user, for the document as it is now. Fails
/// as absent or unavailable.
store_outcome mongo_user_store::prepare_update(const bson_document& filter,
                                               const user_changes& changes,
                                               bson_document& update)
{
    bson_document projection;
    documents_.write_projection(projection);
    bson_document options;
    write_query_options(projection, 1, options);
    bool present = false;
    auto sent = client_.run("read", [&](const mongo_client::call& call) {
        return query_users(call, filter, options, [&](const bson_t& document) {
            present = true;
            write_update(documents_.schema(), document, changes, update);
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
    auto sent = client_.run("write to", [&](const mongo_client::call& call) {
        return update_user(call, filter, update, matched);
    });
    if (sent.failure.failed()) {
        return fail(status_of(sent), sent.failure);
    }
    if (matched == 0) {
        return failed(code::absent);
    }
    return store_note{};
}

store_outcome mongo_user_store::remove_user(const std::string& id)
{
    bson_document filter;
    if (!append_id(id, "_id", filter)) {
        return failed(code::absent);
    }
    int64_t deleted = 0;
    auto sent = client_.run("write to", [&](const mongo_client::call& call) {
        return remove_document(call, filter, deleted);
    });
    if (sent.failure.failed()) {
        return fail(status_of(sent), sent.failure);
    }
    // An earlier attempt may have found the document.
    const bool gone_now = deleted != 0 || sent.perhaps_done;
    if (!gone_now) {
        return failed(code::absent);
    }
    return store_note{};
}

} // namespace auth
