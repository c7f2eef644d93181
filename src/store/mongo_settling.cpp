// What has become of a write to which no server has given a clear answer.

#include "store/mongo_user_store.h"

#include "store/mongo_epoch.h"
#include "store/mongo_id.h"
#include "store/mongo_query.h"

namespace auth {

namespace {

using code = store_failure::code;

} // namespace

/// Finds out whether an insert has taken effect. If a majority does not have
/// the document yet, that says nothing.
store_outcome mongo_user_store::settle_insert(const mongo_client::outcome& sent,
                                              const std::string& id)
{
    secret password;
    std::int64_t epoch = 0;
    store_outcome settled = read_settled(sent, id, password, epoch);
    return settled ? settled : fail(code::unknown, sent.failure);
}

/// Finds out whether an update has given the user this password and epoch. A
/// later epoch is of somebody who has raised it once more.
store_outcome mongo_user_store::settle_update(const mongo_client::outcome& sent,
                                              const stored_user& user,
                                              std::string_view new_password,
                                              std::int64_t new_epoch)
{
    secret password;
    std::int64_t epoch = 0;
    store_outcome settled = read_settled(sent, user.id, password, epoch);
    if (settled && password.view() == new_password && epoch >= new_epoch) {
        return settled;
    }
    const bool has_changed =
        settled ? password.view() != user.password.view() || epoch != user.epoch
                : settled.error().what == code::absent;
    if (has_changed) {
        return failed(code::changed);
    }
    if (sent.failure.failed()) {
        return fail(code::unknown, sent.failure);
    }
    return failed(code::unknown,
                  users_.describe("no majority of the servers is known to "
                                  "have the update"));
}

/// Reads what a majority of the servers has, also when the operation has spent
/// all of its time: that often is why no majority has confirmed the write.
/// Fails as absent or unavailable.
store_outcome mongo_user_store::read_settled(const mongo_client::outcome& sent,
                                             const std::string& id,
                                             secret& password,
                                             std::int64_t& epoch)
{
    if (!can_settle(sent.failure)) {
        return failed(code::unavailable);
    }
    bson_document filter;
    append_id(id, "_id", filter);
    bson_document projection;
    write_projection(documents_->schema().password, projection);
    write_projection(epoch_field, projection);
    const mongo_collection users = users_.without_limit();
    const auto read = settled_->read(
        users, filter, projection, [&](const mongo_found& found) {
            std::string_view bytes;
            password = documents_->read_password(found.document, bytes)
                           ? secret(bytes)
                           : secret();
            if (!read_epoch(found.document, epoch)) {
                epoch = highest_epoch;
            }
        });
    if (read.failure.failed()) {
        return fail(code::unavailable, read.failure);
    }
    if (!read.present) {
        return failed(code::absent, read.note);
    }
    return store_note{read.note};
}

} // namespace auth
