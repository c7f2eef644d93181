#pragma once

#include "store/clock_jumps.h"
#include "store/session_store.h"
#include "store/sqlite_database.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace auth {

/// Sessions in the tables `ngx_auth_sessions` and `ngx_auth_revocations` of an
/// SQLite file. The store's clock is the machine's. Deleting a session and
/// appending its revocation is one transaction.
class sqlite_session_store : public session_store
{
public:
    explicit sqlite_session_store(std::shared_ptr<sqlite_database> database);

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
    store_outcome
    read(const std::function<store_outcome(sqlite_database::lease&)>& look);
    store_outcome read(const char* sql,
                       const std::function<void(sqlite_query&)>& bind,
                       const std::function<void(const sqlite_query&)>& visit);
    store_outcome purge(const char* sql, std::int64_t before);

    const std::shared_ptr<sqlite_database> database_;
    clock_jumps jumps_;
};

} // namespace auth
