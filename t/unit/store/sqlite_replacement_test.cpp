// A database file that is replaced while a store uses it.

#include "sqlite_test_file.h"

#include "store/sqlite_replacement.h"
#include "store/sqlite_start.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <sys/wait.h>
#include <unistd.h>

using namespace auth_test;
using auth::sqlite_user_store;
using auth::stored_user;
using code = auth::store_answer::code;

namespace {

class sqlite_replacement_test : public sqlite_file_test
{
protected:
    void SetUp() override
    {
        path_ = file_with_ann();
        std::filesystem::copy(path_, file("copy.db"));
        store_.emplace(path_);
        ASSERT_TRUE(store_->insert(new_user("bob")).has_value());
        ASSERT_GT(std::filesystem::file_size(path_ + "-wal"), 4096U);
    }

    /// Whatever is asked, now and later.
    void expect_given_up(const std::string& reason)
    {
        for (int i = 0; i < 2; ++i) {
            stored_user found;
            EXPECT_TRUE(has(take(store_->find({"ann"}), found),
                            code::unavailable, reason.c_str()));
            EXPECT_TRUE(has(store_->insert(new_user("carl")), code::unavailable,
                            reason.c_str()));
            EXPECT_TRUE(
                has(store_->prepare(), code::unavailable, "reload nginx"));
        }
    }

    /// What a start finds under the name of the database.
    void expect_served(bool with_bob)
    {
        const auto start = auth::prepare_sqlite_start(path_, false);
        ASSERT_TRUE(start) << start.error();
        sqlite_user_store store(path_, start->file);
        EXPECT_EQ(find(store, "ann"), code::done);
        EXPECT_EQ(find(store, "bob"), with_bob ? code::done : code::absent);
        EXPECT_TRUE(store.insert(new_user("dora")).has_value());
        EXPECT_EQ(other_program(path_).run("PRAGMA integrity_check"), "ok");
    }

    static std::string users_of(const std::string& path)
    {
        return other_program(path).run(
            "SELECT group_concat(username) FROM users");
    }

    std::string path_;
    std::optional<sqlite_user_store> store_;
};

} // namespace

TEST_F(sqlite_replacement_test, another_file_is_not_mixed_with_the_old_log)
{
    std::filesystem::rename(path_, file("former.db"));
    std::filesystem::rename(file("copy.db"), path_);
    expect_given_up("was replaced by another file");
    expect_served(false);
    // What had waited in the log is where it belongs.
    EXPECT_EQ(users_of(file("former.db")), "ann,bob");
}

TEST_F(sqlite_replacement_test, end_of_a_worker_that_has_not_noticed)
{
    std::filesystem::rename(path_, file("former.db"));
    std::filesystem::rename(file("copy.db"), path_);
    store_.reset();
    EXPECT_FALSE(std::filesystem::exists(path_ + "-wal"));
    EXPECT_FALSE(std::filesystem::exists(path_ + "-shm"));
    expect_served(false);
    EXPECT_EQ(users_of(file("former.db")), "ann,bob");
}

TEST_F(sqlite_replacement_test, reload_of_workers_that_have_not_noticed)
{
    store_.reset();
    int gate[2];
    int ready[2];
    ASSERT_EQ(pipe(gate), 0);
    ASSERT_EQ(pipe(ready), 0);
    std::fflush(nullptr);
    const pid_t worker = fork();
    char byte = 0;
    if (worker == 0) {
        close(gate[1]);
        {
            sqlite_user_store store(path_);
            (void)!write(ready[1],
                         store.insert(new_user("eve")).has_value() ? "y" : "n",
                         1);
            (void)!read(gate[0], &byte, 1);
        }
        end_child(true);
    }
    close(gate[0]);
    ASSERT_EQ(read(ready[0], &byte, 1), 1);
    EXPECT_EQ(byte, 'y');
    EXPECT_FALSE(auth::is_log_of_another_file(path_));
    std::filesystem::rename(path_, file("former.db"));
    std::filesystem::rename(file("copy.db"), path_);

    EXPECT_TRUE(auth::is_log_of_another_file(path_));
    // A test of the configuration changes nothing.
    const auto looked = auth::prepare_sqlite_start(path_, true);
    ASSERT_TRUE(looked) << looked.error();
    EXPECT_NE(looked->notice.find("was replaced"), std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(path_ + "-wal"));
    expect_served(false);
    close(gate[1]); // the old worker ends
    waitpid(worker, nullptr, 0);
    EXPECT_EQ(users_of(path_), "ann,dora");
    EXPECT_EQ(users_of(file("former.db")), "ann,bob,eve");
}

TEST_F(sqlite_replacement_test, deleted_file_is_told)
{
    std::filesystem::remove(path_);
    expect_given_up("was deleted or moved away");
    EXPECT_FALSE(std::filesystem::exists(path_));
    std::filesystem::rename(file("copy.db"), path_);
    expect_given_up("was deleted or moved away"); // until the next start
    expect_served(false);
}

TEST_F(sqlite_replacement_test, file_that_is_moved_away_and_back_is_whole)
{
    std::filesystem::rename(path_, file("away.db"));
    expect_given_up("was deleted or moved away");
    std::filesystem::rename(file("away.db"), path_);
    expect_served(true);
}

TEST_F(sqlite_replacement_test, removed_log_loses_nobody)
{
    std::filesystem::remove(path_ + "-wal");
    std::filesystem::remove(path_ + "-shm");
    expect_given_up("-wal and -shm");
    expect_served(true);
}

TEST_F(sqlite_replacement_test, older_copy_that_is_written_over_the_file)
{
    for (int i = 0; i < 100; ++i) {
        ASSERT_TRUE(
            store_->insert(new_user("u" + std::to_string(i))).has_value());
    }
    other_program(path_).run("PRAGMA wal_checkpoint");
    EXPECT_EQ(find(*store_), code::done);
    ASSERT_TRUE(store_->insert(new_user("last")).has_value());
    std::filesystem::copy_file(
        file("copy.db"), path_,
        std::filesystem::copy_options::overwrite_existing);
    expect_given_up("was overwritten");
    EXPECT_TRUE(std::filesystem::exists(path_ + "-wal.replaced"));
    expect_served(false);
}

TEST_F(sqlite_replacement_test, emptied_file)
{
    other_program(path_).run("PRAGMA wal_checkpoint");
    EXPECT_EQ(find(*store_), code::done);
    std::filesystem::resize_file(path_, 0);
    expect_given_up("was overwritten");
}

TEST_F(sqlite_replacement_test, other_programs_may_work_on_the_file)
{
    other_program other(path_);
    for (const char* sql :
         {"INSERT INTO users (id, username, password) VALUES"
          " ('0123456789abcdef01234567', 'carl', '$1')",
          "PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "ANALYZE",
          "DELETE FROM users WHERE username = 'carl'",
          "PRAGMA wal_checkpoint(TRUNCATE)"}) {
        other.run(sql);
        EXPECT_EQ(find(*store_, "bob"), code::done) << sql;
    }
    EXPECT_TRUE(store_->insert(new_user("dora")).has_value());
}

TEST_F(sqlite_replacement_test, file_has_to_be_the_one_that_was_looked_at)
{
    sqlite_user_store store(path_, auth::identity_of(file("copy.db")));
    stored_user found;
    EXPECT_TRUE(has(take(store.find({"ann"}), found), code::unavailable,
                    "was replaced by another file"));
}

TEST_F(sqlite_replacement_test, log_without_its_database)
{
    std::filesystem::copy(path_ + "-wal", file("kept"));
    store_.reset();
    std::filesystem::rename(file("kept"), path_ + "-wal");
    for (const bool is_emptied : {true, false}) {
        if (is_emptied) {
            std::filesystem::resize_file(path_, 0);
        } else {
            std::filesystem::remove(path_);
        }
        const auto start = auth::prepare_sqlite_start(path_, false);
        ASSERT_FALSE(start);
        EXPECT_NE(start.error().find("database that is not there"),
                  std::string::npos);
        EXPECT_GT(std::filesystem::file_size(path_ + "-wal"), 4096U);
        EXPECT_EQ(std::filesystem::exists(path_), is_emptied);
    }
}
