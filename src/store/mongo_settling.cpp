// What has become of a write to which no server has given a clear answer.

#include "store/mongo_user_store.h"

#include "store/mongo_id.h"
#include "store/mongo_query.h"

namespace auth {

namespace {

using code = store_failure::code;
using kind = mongo_failure::kind;

/// Whether it makes sense to ask a server after this failure.
bool can_ask(const mongo_failure& failure)
{
    return failure.what != kind::not_sent &&
           failure.what != kind::not_authorized;
}

} // namespace

/// Finds out whether an insert has taken effect. If a majority does not have
/// the document yet, that says nothing.
store_outcome mongo_user_store::settle_insert(const mongo_client::outcome& sent,
                                              const std::string& id)
{
    secret password;
    if (can_ask(sent.failure)) {
        store_outcome settled = read_settled(id, password);
        if (settled) {
            return settled;
        }
    }
    return fail(code::unknown, sent.failure);
}

/// Finds out whether an update has taken effect.
store_outcome
mongo_user_store::settle_replacement(const mongo_client::outcome& sent,
                                     const stored_user& user,
                                     std::string_view new_password)
{
    secret now;
    store_outcome settled = failed(code::unavailable);
    if (can_ask(sent.failure)) {
        settled = read_settled(user.id, now);
    }
    if (settled && now.view() == new_password) {
        return settled;
    }
    const bool has_changed = settled ? now.view() != user.password.view()
                                     : settled.error().what == code::absent;
    if (has_changed) {
        return failed(code::changed);
    }
    if (sent.failure.failed()) {
        return fail(code::unknown, sent.failure);
    }
    return failed(code::unknown,
                  client_.describe("no majority of the servers is known to "
                                   "have the new password"));
}

/// Reads what a majority of the servers has. Fails as absent or
/// unavailable.
store_outcome mongo_user_store::read_settled(const std::string& id,
                                             secret& password)
{
    bool present = false;
    mongo_failure failure;
    std::string note;
    bool by_majority = has_majority_reads_;
    bool read = read_password_of(id, by_majority, present, password, failure);
    if (!read && by_majority && failure.unsupported) {
        read = read_password_of(id, false, present, password, failure);
        if (read && has_majority_reads_.exchange(false)) {
            note = client_.describe(
                "the server has no readConcern majority; it is asked without");
        }
    }
    if (!read) {
        return fail(code::unavailable, failure);
    }
    if (!present) {
        return failed(code::absent, note);
    }
    return store_note{note};
}

/// Returns false after a failure.
bool mongo_user_store::read_password_of(const std::string& id, bool by_majority,
                                        bool& present, secret& password,
                                        mongo_failure& failure)
{
    bson_document filter;
    append_id(id, "_id", filter);
    bson_document projection;
    write_projection(documents_.schema().password, projection);
    bson_document options;
    write_query_options(projection, 1, options);
    if (by_majority) {
        bson_document concern;
        concern.text("level", "majority");
        options.document("readConcern", concern);
    }
    auto sent = client_.run("read", [&](const mongo_client::call& call) {
        present = false;
        return query_users(call, filter, options, [&](const bson_t& document) {
            std::string_view bytes;
            present = true;
            password = documents_.read_password(document, bytes) ? secret(bytes)
                                                                 : secret();
            return false;
        });
    });
    failure = sent.failure;
    return !failure.failed();
}

} // namespace auth
