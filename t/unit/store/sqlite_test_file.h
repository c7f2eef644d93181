#pragma once

#include "store/sqlite_user_store.h"
#include "test_store.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <string>

namespace auth_test {

/// Another program that uses the file.
class other_program
{
public:
    explicit other_program(const std::string& path)
    {
        sqlite3_open(path.c_str(), &database_);
    }
    other_program(const other_program&) = delete;
    other_program& operator=(const other_program&) = delete;
    ~other_program() { sqlite3_close(database_); }

    std::string run(const char* sql)
    {
        std::string last;
        auto keep = [](void* into, int, char** values, char**) {
            *static_cast<std::string*>(into) = values[0] ? values[0] : "";
            return 0;
        };
        EXPECT_EQ(sqlite3_exec(database_, sql, keep, &last, nullptr), SQLITE_OK)
            << sql << ": " << sqlite3_errmsg(database_);
        return last;
    }

    /// How SQLite would look for the answer.
    std::string plan(const std::string& query)
    {
        std::string detail;
        auto keep = [](void* into, int, char** values, char**) {
            *static_cast<std::string*>(into) += values[3];
            return 0;
        };
        sqlite3_exec(database_, ("EXPLAIN QUERY PLAN " + query).c_str(), keep,
                     &detail, nullptr);
        return detail;
    }

private:
    sqlite3* database_ = nullptr;
};

/// Tests that need a file.
class sqlite_file_test : public testing::Test
{
protected:
    std::string file(const char* name) const { return folder_.file(name); }

    /// A file with user ann.
    std::string file_with_ann() const
    {
        std::string path = folder_.new_file("users.db");
        auth::sqlite_user_store store(path);
        EXPECT_TRUE(store.insert(new_user("ann")).has_value());
        return path;
    }

    test_folder folder_;
};

} // namespace auth_test
