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
    store_answer take_reader(sqlite_database::lease& connection);
    store_answer read_listed(const char* sql,
                             const std::function<void(sqlite_query&)>& bind,
                             std::vector<listed_user>& users);
    store_answer write(const char* sql,
                       const std::function<void(sqlite_query&)>& bind);

    sqlite_database database_;
};

} // namespace auth
