#include "store/mongo_user_store.h"

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
    : mongo_user_store(std::make_shared<mongo_client>(std::move(address)),
                       std::move(schema), nullptr)
{}

mongo_user_store::mongo_user_store(std::shared_ptr<mongo_client> client,
                                   user_schema schema,
                                   std::shared_ptr<session_store> sessions)
    : documents_(std::make_shared<mongo_user_documents>(std::move(schema))),
      users_(std::move(client), documents_->schema().collection),
      sessions_(std::move(sessions)),
      settled_(std::make_shared<mongo_settled_reader>())
{}

/// What a write leaves to do is no question of time: `sessions_` is the whole
/// store. It is not owned: see mongo_collection::within().
mongo_user_store::mongo_user_store(const mongo_user_store& whole,
                                   store_time& time)
    : documents_(whole.documents_), users_(whole.users_.within(time)),
      sessions_(std::shared_ptr<void>(), whole.sessions_.get()),
      settled_(whole.settled_)
{}

std::shared_ptr<user_store> mongo_user_store::within(store_time& time)
{
    return std::shared_ptr<user_store>(new mongo_user_store(*this, time));
}

tl::unexpected<store_failure>
mongo_user_store::fail(code what, const mongo_failure& why) const
{
    return failed({what, users_.describe(why.text), cause_of(why)});
}

/// Looks each time, because the collection may have been dropped, or restored
/// without its indexes. A registration costs a slow hash anyway.
store_outcome mongo_user_store::prepare()
{
    return mongo_indexes(users_, documents_->schema().username).ensure_unique();
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
    write_name_filter(documents_->schema().username, names, filter);
    bson_document projection;
    documents_->write_projection(projection);
    bson_document options;
    write_query_options(projection, 2 * static_cast<int64_t>(names.size()),
                        options);

    best_match match(*documents_, names);
    auto sent = users_.run("read", [&](const mongo_client::call& call) {
        match.clear();
        return query_documents(call, filter, options,
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
    documents_->write_projection(projection);
    bson_document options;
    write_query_options(projection, 1, options);
    store_result<stored_user> found = failed(code::absent);
    auto sent = users_.run("read", [&](const mongo_client::call& call) {
        found = failed(code::absent);
        return query_documents(
            call, filter, options, [&](const bson_t& document) {
                found = read_user_with_id(*documents_, document, id);
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
    const std::string& path = documents_->schema().username;
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
            documents_->read_username(document, name) && folds_to(name, folded);
        return !taken;
    };
    for (const bson_document* filter : {&exact, &similar}) {
        bson_document options;
        write_query_options(projection, filter == &exact ? 1 : 0, options);
        auto sent = users_.run("read", [&](const mongo_client::call& call) {
            return query_documents(call, *filter, options, visit);
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
    write_projection(documents_->schema().password, projection);
    bson_document options;
    write_query_options(projection, 0, options);
    options.number("batchSize", users_per_reply);
    const bson_document everybody;
    auto sent = users_.run("read", [&](const mongo_client::call& call) {
        return query_documents(
            call, everybody, options, [&](const bson_t& document) {
                std::string_view password;
                return !documents_->read_password(document, password) ||
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
    if (!documents_->write(user, document)) {
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
    auto sent = users_.run("write to", [&](const mongo_client::call& call) {
        return insert_document(call, document, refused);
    });
    if (!sent.failure.failed()) {
        return users_.done();
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
    const std::string& path = documents_->schema().username;
    const auto found = mongo_indexes(users_, path).find_culprit(refused);
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
        {code::unavailable,
         users_.describe("the unique index " + index + " of collection " +
                         users_.name() +
                         " refuses new users, whose documents do not have its "
                         "fields: make it sparse or partial, or drop it"),
         store_failure::cause::refused});
}

} // namespace auth
