#pragma once

#include "store/clock_jumps.h"
#include "store/mongo_clock.h"
#include "store/mongo_collection.h"
#include "store/mongo_key_id.h"
#include "store/mongo_session_indexes.h"
#include "store/mongo_settled_read.h"
#include "store/session_store.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace auth {

/// Sessions in the collections `ngx_auth_sessions` and `ngx_auth_revocations`
/// of a MongoDB database. The store's clock is that of its primary. Deleting
/// and appending are two writes: after the first alone, remove() and
/// remove_lower_epochs() fail as unknown, and may be repeated.
class mongo_session_store : public session_store
{
public:
    /// For the users of a collection; `keys` as in mongo_key_id.
    mongo_session_store(const std::shared_ptr<mongo_client>& client,
                        const std::string& users, session_key_ids keys);

    std::shared_ptr<session_store> within(store_time& time) override;
    store_outcome prepare() override;
    std::int64_t now() const noexcept override;
    std::int64_t ahead_ms() const noexcept override;
    store_outcome insert(const stored_session& session) override;
    store_result<stored_session> find(const sha256_digest& digest) override;
    store_result<std::vector<sha256_digest>>
    present(const std::vector<sha256_digest>& sessions) override;
    store_outcome remove(const sha256_digest& digest) override;
    store_outcome remove_lower_epochs(const std::string& user_id,
                                      std::int64_t epoch) override;
    store_result<std::vector<sha256_digest>> trim(const std::string& user_id,
                                                  const std::string& realm,
                                                  std::size_t limit) override;
    store_result<std::vector<stored_session>>
    list(const std::string& user_id,
         const std::optional<std::string>& realm) override;
    store_outcome touch(const std::vector<session_use>& uses) override;
    store_result<std::vector<revocation>> poll(std::int64_t within_ms) override;
    store_outcome purge() override;

private:
    /// What this nginx knows of the deployment, whoever asks.
    struct knowledge {
        knowledge(const std::string& users, session_key_ids keys)
            : key(users, std::move(keys))
        {}

        mongo_session_indexes indexes;
        mongo_key_id key;
        mongo_clock clock;
        clock_jumps jumps;
        mongo_settled_reader settled;
    };

    /// The same for one operation.
    mongo_session_store(const mongo_session_store& whole, store_time& time);

    tl::unexpected<store_failure> fail(store_failure::code what,
                                       const mongo_failure& why) const;
    store_outcome ask_clock_now_and_then();
    store_outcome read(const mongo_collection& from,
                       const bson_document& filter,
                       const bson_document& options,
                       const std::function<void()>& begin,
                       const mongo_visitor& visit);
    store_outcome settle_insert(const mongo_client::outcome& sent,
                                const stored_session& session);
    store_outcome end(const bson_document& filter,
                      std::vector<revocation> endings);
    store_outcome answer_to_deletion(const mongo_client::outcome& sent) const;
    store_outcome append(const revocation& ending);
    store_outcome touch_some(const session_use* first, std::size_t count);
    store_outcome purge(const mongo_collection& from, const char* date,
                        std::int64_t before);

    const mongo_collection sessions_;
    const mongo_collection revocations_;
    const mongo_collection meta_;
    const std::shared_ptr<knowledge> known_;
};

} // namespace auth
