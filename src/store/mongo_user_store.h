#pragma once

#include "store/admin_store.h"
#include "store/mongo_client.h"
#include "store/mongo_document.h"
#include "store/mongo_duplicate.h"

#include <atomic>
#include <functional>
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

    store_answer prepare() override;
    store_answer find(const std::vector<std::string>& spellings,
                      stored_user& found) override;
    store_answer find_folded(const std::string& folded) override;
    store_answer insert(const stored_user& user) override;
    store_answer replace_password(const stored_user& user,
                                  std::string_view new_password) override;
    store_answer change_password(const stored_user& user,
                                 std::string_view new_password) override;
    store_answer raise_epoch(const stored_user& user) override;
    store_answer for_each_password(
        const std::function<bool(std::string_view)>& visit) override;

    store_answer list(const std::string& after, std::size_t limit,
                      std::vector<listed_user>& page) override;
    store_answer look_up(const std::vector<std::string>& names,
                         std::vector<listed_user>& found) override;
    store_answer change_user(const std::string& id,
                             const user_changes& changes) override;
    store_answer remove_user(const std::string& id) override;

private:
    store_answer replace(const stored_user& user, std::string_view new_password,
                         std::int64_t new_epoch);
    store_answer read_listed(const bson_document& filter, std::int64_t limit,
                             std::vector<listed_user>& users);
    store_answer prepare_update(const bson_document& filter,
                                const user_changes& changes,
                                bson_document& update);
    store_answer answer(store_answer::code status,
                        const mongo_failure& failure) const;
    store_answer read_settled(const std::string& id, secret& password);
    bool read_password_of(const std::string& id, bool by_majority,
                          bool& present, secret& password,
                          mongo_failure& failure);
    store_answer settle_insert(const mongo_client::outcome& sent,
                               const std::string& id);
    store_answer explain_duplicate(const mongo_duplicate& refused,
                                   const std::string& username);
    store_answer settle_replacement(const mongo_client::outcome& sent,
                                    const stored_user& user,
                                    std::string_view new_password);

    const mongo_user_documents documents_;
    mongo_client client_;
    /// Whether the servers have reads with readConcern majority, as far as
    /// known.
    std::atomic<bool> has_majority_reads_{true};
};

} // namespace auth
