// The writes that raise a user's epoch, and the end of the user's sessions.

#include "store/mongo_user_store.h"

#include "store/mongo_epoch.h"
#include "store/mongo_id.h"
#include "store/mongo_query.h"
#include "store/unended_sessions.h"

namespace auth {

namespace {

using code = store_failure::code;

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

} // namespace

/// Ends the user's sessions after a write that has raised the epoch.
store_outcome mongo_user_store::end_sessions(store_outcome written,
                                             const std::string& id,
                                             std::int64_t epoch)
{
    if (!written || !sessions_) {
        return written;
    }
    const store_outcome ended = sessions_->remove_lower_epochs(id, epoch);
    if (!ended) {
        note_unended(ended.error().detail, *written);
    }
    return written;
}

store_outcome mongo_user_store::replace_password(const stored_user& user,
                                                 std::string_view new_password,
                                                 std::int64_t new_epoch)
{
    store_outcome written = write_password(user, new_password, new_epoch);
    return new_epoch == user.epoch
               ? written
               : end_sessions(std::move(written), user.id, new_epoch);
}

store_outcome mongo_user_store::write_password(const stored_user& user,
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
    const std::string& path = documents_->schema().password;

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
    auto sent = users_.run("write to", [&](const mongo_client::call& call) {
        return update_document(call, filter, update, matched);
    });
    const mongo_failure& failure = sent.failure;
    if (!failure.failed() && matched == 1) {
        return users_.done();
    }
    if (sent.perhaps_done) {
        return settle_replacement(sent, user, new_password, new_epoch);
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
    const std::int64_t new_epoch = user.epoch + 1;
    bson_document set;
    write_epoch(new_epoch, set);
    bson_document update;
    update.document("$set", set);

    int64_t matched = 0;
    auto sent = users_.run("write to", [&](const mongo_client::call& call) {
        return update_document(call, filter, update, matched);
    });
    if (!sent.failure.failed() && matched == 1) {
        return end_sessions(users_.done(), user.id, new_epoch);
    }
    if (sent.perhaps_done) {
        return settle_raise(sent, user, new_epoch);
    }
    return sent.failure.failed() ? fail(code::unavailable, sent.failure)
                                 : failed(code::changed);
}

/// The epoch of the user's document. One that is no number lets nobody log in,
/// and so ends every session. Fails as absent or unavailable.
store_result<std::int64_t>
mongo_user_store::read_epoch_of(const std::string& id)
{
    bson_document filter;
    append_id(id, "_id", filter);
    bson_document projection;
    write_projection(epoch_field, projection);
    bson_document options;
    write_query_options(projection, 1, options);
    store_result<std::int64_t> epoch = failed(code::absent);
    auto sent = users_.run("read", [&](const mongo_client::call& call) {
        return query_documents(
            call, filter, options, [&](const bson_t& document) {
                std::int64_t read = 0;
                epoch = read_epoch(document, read) ? read : highest_epoch;
                return false;
            });
    });
    if (sent.failure.failed()) {
        return fail(code::unavailable, sent.failure);
    }
    return epoch;
}

/// The same after a write that has raised the epoch by one, from what nobody
/// has read.
store_outcome mongo_user_store::end_sessions_as_stored(store_outcome written,
                                                       const std::string& id)
{
    if (!sessions_) {
        return written;
    }
    const store_result<std::int64_t> epoch = read_epoch_of(id);
    if (epoch) {
        return end_sessions(std::move(written), id, *epoch);
    }
    note_unended(epoch.error().detail, *written);
    return written;
}

void mongo_user_store::note_unended(const std::string& why, store_note& note)
{
    note.detail += (note.detail.empty() ? "" : "; ") +
                   std::string(unended_sessions) +
                   (why.empty() ? "somebody has just deleted the user" : why);
}

} // namespace auth
