// How often which kind of hash is checked for names that nobody has, with as
// many users as there may be.

#include "account/hash_count.h"
#include "store/store_uri.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace auth {
namespace {

const std::string common =
    "$2b$04$sHsilID9614d8tn4oe4YY.Xo9Ot.6LT4TxYwUH/LfRI/iN5zOmpDK";
const std::string rare = "scrypt:16:1:2$salt$" + std::string(128, 'a');

/// A SQLite file with users whose ids, names and places in the file all go by
/// one number; the last of them have a rare hash.
class hash_shares : public testing::TestWithParam<int>
{
protected:
    void SetUp() override
    {
        char path[] = "/tmp/hash-shares-XXXXXX";
        folder_ = mkdtemp(path);
        const std::string file = folder_ + "/users.db";
        std::ofstream(file).close();
        store_uri uri;
        uri.what = store_uri::kind::sqlite;
        uri.path = file;
        store = open_user_store(uri);
        ASSERT_TRUE(store->prepare().has_value());
        ASSERT_EQ(sqlite3_open(file.c_str(), &database_), SQLITE_OK);
        run("PRAGMA synchronous=OFF");
    }

    void TearDown() override
    {
        sqlite3_close(database_);
        store.reset();
        std::filesystem::remove_all(folder_);
    }

    void run(const std::string& sql)
    {
        ASSERT_EQ(
            sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr),
            SQLITE_OK)
            << sqlite3_errmsg(database_);
    }

    void add(int users)
    {
        run("WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n"
            " WHERE i + 1 < " +
            std::to_string(users) +
            ") INSERT INTO users (id, username, password) SELECT"
            " printf('%024x', i), printf('user%07d', i),"
            " CASE WHEN i * 100 < 91 * " +
            std::to_string(users) + " THEN '" + common + "' ELSE '" + rare +
            "' END FROM n");
    }

    /// Of a hundred names that nobody has, how many get the rare hash.
    double percent_of_rare()
    {
        dummy_hashes dummies({64, 2, 1}, secret("a key"));
        EXPECT_TRUE(
            count_hashes(*store, dummies, [] { return true; }).has_value());
        constexpr int names = 10000;
        int counted = 0;
        for (int i = 0; i < names; ++i) {
            const std::string name = "nobody" + std::to_string(i);
            counted += dummies.pick(name) == blank_hash(rare) ? 1 : 0;
        }
        return 100.0 * counted / names;
    }

    std::unique_ptr<user_store> store;

private:
    std::string folder_;
    sqlite3* database_ = nullptr;
};

TEST_P(hash_shares, are_those_of_the_store)
{
    add(GetParam());
    EXPECT_NEAR(percent_of_rare(), 9, 1.5);
}

TEST_P(hash_shares, are_those_of_the_users_who_are_left)
{
    add(GetParam());
    // Half of all, the older ones: 9 of 50 that are left have it.
    run("DELETE FROM users WHERE rowid <= " + std::to_string(GetParam() / 2));
    EXPECT_NEAR(percent_of_rare(), 18, 2);
    // And from the middle on, up to the rare ones.
    run("DELETE FROM users WHERE rowid * 100 > 51 * " +
        std::to_string(GetParam()) + " AND rowid * 100 <= 91 * " +
        std::to_string(GetParam()));
    EXPECT_NEAR(percent_of_rare(), 90, 2);
}

INSTANTIATE_TEST_SUITE_P(users, hash_shares,
                         testing::Values(1000, 30000, 1000000));

} // namespace
} // namespace auth
