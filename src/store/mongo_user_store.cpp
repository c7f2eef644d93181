#include "store/mongo_user_store.h"

#include "store/mongo_epoch.h"
#include "store/mongo_id.h"
#include "store/mongo_index.h"
#include "store/mongo_name_filter.h"
#include "store/mongo_query.h"

#include <algorithm>
#include <iterator>

namespace auth {

namespace {

using code = store_failure::code;
using kind = mongo_failure::kind;

/// Writes the update that stores a new hash. The field in which an older module
/// noted the origin of a hash stays: it says to which hash it belongs.
void write_password_update(const std::string& path, const stored_user& user,
                           std::string_view new_password,
                           std::int64_t new_epoch, bson_document& update)
{
    bson_document set;
    set.text(path.c_str(), new_password);
    if (new_epoch != user.epoch) {
        write_epoch(new_epoch, set);
    }
    if (user.password_origin.empty()) {
        bson_document unset;
        unset.boolean(password_origin_field, true);
        update.document("$unset", unset);
    } else {
        set.text(password_origin_field, user.password_origin);
    }
    update.document("$set", set);
}

/// Reads the user with this id. A server that answers with another user is not
/// believed.
store_result<stored_user>
read_user_with_id(const mongo_user_documents& documents, const bson_t& document,
                  const std::string& id)
{
    stored_user user;
    const store_outcome read = documents.read(document, user);
    if (!read) {
        return failed(read.error());
    }
    if (user.id != id) {
        return failed(code::absent);
    }
    if (user.username.empty()) {
        return failed(code::unusable,
                      "user with _id " + id + " has no name that is text");
    }
    user.detail = read->detail;
    return user;
}

} // namespace

mongo_user_store::mongo_user_store(mongo_address address, user_schema schema)
    : documents_(std::move(schema)),
      client_(std::move(address), documents_.schema().collection)
{}

tl::unexpected<store_failure>
mongo_user_store::fail(code what, const mongo_failure& why) const
{
    return failed(what, client_.describe(why.text));
}

/// Looks each time, because the collection may have been dropped, or restored
/// without its indexes. A registration costs a slow hash anyway.
store_outcome mongo_user_store::prepare()
{
    return mongo_indexes(client_, documents_.schema().username).ensure_unique();
}

store_result<stored_user>
mongo_user_store::find(const std::vector<std::string>& spellings)
{
    std::vector<std::string_view> names;
    std::copy_if(spellings.begin(), spellings.end(), std::back_inserter(names),
                 is_mongo_text);
    if (names.empty()) {
        return failed(code::absent);
    }
    bson_document filter;
    write_name_filter(documents_.schema().username, names, filter);
    bson_document projection;
    documents_.write_projection(projection);
    bson_document options;
    write_query_options(projection, 2 * static_cast<int64_t>(names.size()),
                        options);

    best_match match(documents_, names);
    auto sent = client_.run("read", [&](const mongo_client::call& call) {
        match.clear();
        return query_users(call, filter, options,
                           [&match](const bson_t& document) {
                               match.consider(document);
                               return true;
                           });
    });
    if (sent.failure.failed()) {
        return fail(code::unavailable, sent.failure);
    }
    return match.take();
}

store_result<stored_user> mongo_user_store::find_by_id(const std::string& id)
{
    bson_document filter;
    if (!append_id(id, "_id", filter)) {
        return failed(code::absent);
    }
    bson_document projection;
    documents_.write_projection(projection);
    bson_document options;
    write_query_options(projection, 1, options);
    store_result<stored_user> found = failed(code::absent);
    auto sent = client_.run("read", [&](const mongo_client::call& call) {
        found = failed(code::absent);
        return query_users(call, filter, options, [&](const bson_t& document) {
            found = read_user_with_id(documents_, document, id);
            return false;
        });
    });
    if (sent.failure.failed()) {
        return fail(code::unavailable, sent.failure);
    }
    return found;
}

store_result<bool> mongo_user_store::is_taken(const std::string& folded)
{
    // No new name is longer than 64; a regular expression has its limits.
    if (!is_mongo_text(folded) || folded.size() > 1024) {
        return false;
    }
    // First looks for the name itself: mostly a name is taken in this spelling,
    // and that costs one look into the index.
    const std::string& path = documents_.schema().username;
    bson_document exact;
    write_name_filter(path, {folded}, exact);
    bson_document similar;
    write_folded_filter(path, folded, similar);
    bson_document projection;
    write_projection(path, projection);

    bool taken = false;
    auto visit = [&](const bson_t& document) {
        std::string name;
        taken =
            documents_.read_username(document, name) && folds_to(name, folded);
        return !taken;
    };
    for (const bson_document* filter : {&exact, &similar}) {
        bson_document options;
        write_query_options(projection, filter == &exact ? 1 : 0, options);
        auto sent = client_.run("read", [&](const mongo_client::call& call) {
            return query_users(call, *filter, options, visit);
        });
        if (sent.failure.failed()) {
            return fail(code::unavailable, sent.failure);
        }
        if (taken) {
            return true;
        }
    }
    return false;
}

store_outcome mongo_user_store::for_each_password(
    const std::function<bool(std::string_view)>& visit)
{
    // A batch of the size that a server prefers takes long to come.
    constexpr std::int64_t users_per_reply = 2000;
    bson_document projection;
    write_projection(documents_.schema().password, projection);
    bson_document options;
    write_query_options(projection, 0, options);
    options.number("batchSize", users_per_reply);
    const bson_document everybody;
    auto sent = client_.run("read", [&](const mongo_client::call& call) {
        return query_users(
            call, everybody, options, [&](const bson_t& document) {
                std::string_view password;
                return !documents_.read_password(document, password) ||
                       visit(password);
            });
    });
    if (sent.failure.failed()) {
        return fail(code::unavailable, sent.failure);
    }
    return store_note{};
}

store_outcome mongo_user_store::insert(const stored_user& user)
{
    bson_document document;
    if (!documents_.write(user, document)) {
        return failed(code::unusable,
                      "a new user's id, name, password or roles "
                      "cannot be stored");
    }
    store_outcome ready = prepare();
    if (!ready) {
        return ready;
    }
    mongo_duplicate refused;
    // Sending the document twice is safe: its _id is unique.
    auto sent = client_.run("write to", [&](const mongo_client::call& call) {
        return insert_user(call, document, refused);
    });
    if (!sent.failure.failed()) {
        return store_note{};
    }
    if (sent.perhaps_done) {
        return settle_insert(sent, user.id);
    }
    if (sent.failure.what == kind::duplicate) {
        return explain_duplicate(refused, user.username);
    }
    return fail(code::unavailable, sent.failure);
}

/// Finds out whether the name is taken, or another unique index refuses the
/// user.
store_outcome
mongo_user_store::explain_duplicate(const mongo_duplicate& refused,
                                    const std::string& username)
{
    using culprit = mongo_indexes::culprit::kind;
    const std::string& path = documents_.schema().username;
    const auto found = mongo_indexes(client_, path).find_culprit(refused);
    if (found.what == culprit::username) {
        return failed(code::taken);
    }
    if (found.what == culprit::untold) {
        const store_result<bool> taken = is_taken(username);
        if (!taken) {
            return failed(taken.error());
        }
        if (*taken) {
            return failed(code::taken);
        }
    }
    const std::string index =
        found.index.empty() ? "that the server does not name" : found.index;
    return failed(
        code::unavailable,
        client_.describe("the unique index " + index + " of collection " +
                         client_.collection() +
                         " refuses new users, whose documents do not have its "
                         "fields: make it sparse or partial, or drop it"));
}

store_outcome mongo_user_store::replace_password(const stored_user& user,
                                                 std::string_view new_password,
                                                 std::int64_t new_epoch)
{
    if (new_password.empty() || !is_mongo_text(new_password) ||
        !is_mongo_text(user.password_origin)) {
        return failed(code::unusable,
                      "an empty password, or one that is no text, "
                      "cannot be stored");
    }
    bson_document filter;
    if (!append_id(user.id, "_id", filter)) {
        return failed(code::changed);
    }
    const std::string& path = documents_.schema().password;

    // The old password may be stored as String or as Binary.
    const std::string_view old = user.password.view();
    bson_document forms;
    forms.binary("0", old);
    if (is_mongo_text(old)) {
        forms.text("1", old);
    }
    bson_document in;
    in.array("$in", forms);
    filter.document(path.c_str(), in);
    write_epoch_filter(user.epoch, filter);
    bson_document update;
    write_password_update(path, user, new_password, new_epoch, update);

    int64_t matched = 0;
    auto sent = client_.run("write to", [&](const mongo_client::call& call) {
        return update_user(call, filter, update, matched);
    });
    const mongo_failure& failure = sent.failure;
    if (!failure.failed() && matched == 1) {
        return store_note{};
    }
    if (sent.perhaps_done) {
        return settle_replacement(sent, user, new_password);
    }
    return failure.failed() ? fail(code::unavailable, failure)
                            : failed(code::changed);
}

store_outcome mongo_user_store::raise_epoch(const stored_user& user)
{
    bson_document filter;
    if (!append_id(user.id, "_id", filter)) {
        return failed(code::changed);
    }
    write_epoch_filter(user.epoch, filter);
    bson_document set;
    write_epoch(user.epoch + 1, set);
    bson_document update;
    update.document("$set", set);

    int64_t matched = 0;
    auto sent = client_.run("write to", [&](const mongo_client::call& call) {
        return update_user(call, filter, update, matched);
    });
    if (!sent.failure.failed() && matched == 1) {
        return store_note{};
    }
    if (sent.perhaps_done || sent.failure.what == kind::unconfirmed) {
        return fail(code::unknown, sent.failure);
    }
    return sent.failure.failed() ? fail(code::unavailable, sent.failure)
                                 : failed(code::changed);
}

} // namespace auth
