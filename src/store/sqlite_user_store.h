#pragma once

#include "store/admin_store.h"
#include "store/sqlite_database.h"
#include "store/sqlite_write.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// Users in table `users` of an SQLite file, which must exist. An empty file
/// has no users, and prepare() makes the table in it. Whatever raises a user's
/// epoch, and removing the user, ends the sessions in the file in the same
/// transaction.
class sqlite_user_store : public admin_store
{
public:
    /// See sqlite_database.
    explicit sqlite_user_store(std::string path, file_identity file = {});
    explicit sqlite_user_store(std::shared_ptr<sqlite_database> database);

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
    /// What belongs to a write, in the same transaction.
    using follow_up = std::function<store_outcome(sqlite_database::lease&)>;

    store_outcome take_reader(sqlite_database::lease& connection);
    store_result<std::vector<listed_user>>
    read_listed(const char* sql, const sqlite_binder& bind);
    store_outcome write(const char* sql, const sqlite_binder& bind,
                        const follow_up& and_then);
    store_outcome update(const char* sql, const sqlite_binder& bind,
                         const follow_up& and_then);
    static follow_up end_below(const std::string& id, std::int64_t epoch);

    const std::shared_ptr<sqlite_database> database_;
};

} // namespace auth
