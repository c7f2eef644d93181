#pragma once

#include "store/admin_store.h"
#include "store/mongo_collection.h"
#include "store/mongo_document.h"
#include "store/mongo_duplicate.h"
#include "store/mongo_settled_read.h"
#include "store/session_store.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// Users in a collection of a MongoDB database. A user's id is the document's
/// `_id` as text (mongo_id.h).
class mongo_user_store : public admin_store
{
public:
    mongo_user_store(mongo_address address, user_schema schema);
    /// Whatever raises a user's epoch, and removing the user, then ends the
    /// user's `sessions`, if there are any. That is no part of the write: if it
    /// fails, the answer has a note. The epoch has ended them in any case.
    mongo_user_store(std::shared_ptr<mongo_client> client, user_schema schema,
                     std::shared_ptr<session_store> sessions);

    std::shared_ptr<user_store> within(store_time& time) override;
    store_outcome prepare() override;
    store_result<stored_user>
    find(const std::vector<std::string>& spellings) override;
    store_result<stored_user> find_by_id(const std::string& id) override;
    store_result<bool> is_taken(const std::string& folded) override;
    store_outcome insert(const stored_user& user) override;
    store_outcome replace_password(const stored_user& user,
                                   std::string_view new_password,
                                   std::int64_t new_epoch) override;
    store_outcome raise_epoch(const stored_user& user) override;
    store_outcome for_each_password(
        const std::function<bool(std::string_view)>& visit) override;

    store_result<std::vector<listed_user>> list(const std::string& after,
                                                std::size_t limit) override;
    store_result<std::vector<listed_user>>
    look_up(const std::vector<std::string>& names) override;
    store_outcome change_user(const std::string& id,
                              const user_changes& changes) override;
    store_outcome remove_user(const std::string& id) override;

private:
    /// The same for one operation.
    mongo_user_store(const mongo_user_store& whole, store_time& time);

    store_result<std::vector<listed_user>>
    read_listed(const bson_document& filter, std::int64_t limit);
    store_outcome prepare_update(const bson_document& filter,
                                 const user_changes& changes,
                                 bson_document& update);
    tl::unexpected<store_failure> fail(store_failure::code what,
                                       const mongo_failure& why) const;
    store_outcome read_settled(const mongo_client::outcome& sent,
                               const std::string& id, secret& password,
                               std::int64_t& epoch);
    store_outcome settle_insert(const mongo_client::outcome& sent,
                                const std::string& id);
    store_outcome settle_replacement(const mongo_client::outcome& sent,
                                     const stored_user& user,
                                     std::string_view new_password,
                                     std::int64_t new_epoch);
    store_outcome settle_raise(const mongo_client::outcome& sent,
                               const stored_user& user, std::int64_t new_epoch);
    tl::unexpected<store_failure>
    not_settled(const mongo_client::outcome& sent) const;
    store_outcome write_password(const stored_user& user,
                                 std::string_view new_password,
                                 std::int64_t new_epoch);
    store_outcome end_sessions(store_outcome written, const std::string& id,
                               std::int64_t epoch);
    store_outcome end_sessions_as_stored(store_outcome written,
                                         const std::string& id);
    store_result<std::int64_t> read_epoch_of(const std::string& id);
    static void note_unended(const std::string& why, store_note& note);
    store_outcome explain_duplicate(const mongo_duplicate& refused,
                                    const std::string& username);

    /// With the schema; all operations share it.
    const std::shared_ptr<const mongo_user_documents> documents_;
    const mongo_collection users_;
    const std::shared_ptr<session_store> sessions_;
    const std::shared_ptr<mongo_settled_reader> settled_;
};

} // namespace auth
