#pragma once

#include "store/admin_store.h"
#include "store/sqlite_database.h"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace auth {

/// Users in table `users` of an SQLite file, which must exist. An empty file
/// has no users, and prepare() makes the table in it.
class sqlite_user_store : public admin_store
{
public:
    /// See sqlite_database.
    explicit sqlite_user_store(std::string path, file_identity file = {});

    store_outcome prepare() override;
    store_result<stored_user>
    find(const std::vector<std::string>& spellings) override;
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
    store_outcome take_reader(sqlite_database::lease& connection);
    store_result<std::vector<listed_user>>
    read_listed(const char* sql,
                const std::function<void(sqlite_query&)>& bind);
    store_outcome write(const char* sql,
                        const std::function<void(sqlite_query&)>& bind);
    store_outcome update(const char* sql,
                         const std::function<void(sqlite_query&)>& bind);

    sqlite_database database_;
};

} // namespace auth
