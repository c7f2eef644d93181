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

/// Finds out whether an update has stored a new hash and epoch. A later epoch
/// is of somebody who has raised it once more. An earlier one than the user had
/// is of a majority that lags behind: it says nothing.
store_outcome mongo_user_store::settle_replacement(
    const mongo_client::outcome& sent, const stored_user& user,
    std::string_view new_password, std::int64_t new_epoch)
{
    secret password;
    std::int64_t epoch = 0;
    store_outcome settled = read_settled(sent, user.id, password, epoch);
    if (settled && password.view() == new_password && epoch >= new_epoch) {
        return settled;
    }
    const bool has_changed =
        settled
            ? epoch > user.epoch || (epoch == user.epoch &&
                                     password.view() != user.password.view())
            : settled.error().what == code::absent;
    return has_changed ? failed(code::changed, detail_of(settled))
                       : not_settled(sent);
}

/// Finds out whether an update has raised the epoch, and ends the sessions if
/// it is raised, whoever has done it. With another hash it was somebody else,
/// or somebody has logged in meanwhile: then the user's session is not known to
/// live on.
store_outcome mongo_user_store::settle_raise(const mongo_client::outcome& sent,
                                             const stored_user& user,
                                             std::int64_t new_epoch)
{
    secret password;
    std::int64_t epoch = 0;
    store_outcome settled = read_settled(sent, user.id, password, epoch);
    if (settled && epoch >= new_epoch) {
        store_outcome ended = end_sessions(settled, user.id, new_epoch);
        return password.view() == user.password.view()
                   ? ended
                   : failed(code::changed, detail_of(ended));
    }
    const bool is_gone = !settled && settled.error().what == code::absent;
    return is_gone ? failed(code::changed, detail_of(settled))
                   : not_settled(sent);
}

tl::unexpected<store_failure>
mongo_user_store::not_settled(const mongo_client::outcome& sent) const
{
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
