// The key beside a database: what is made, what is refused, and what the
// database keeps of it.

#include "sqlite_test_file.h"

#include "store/sqlite_key.h"
#include "store/sqlite_key_file.h"
#include "store/sqlite_key_id.h"
#include "store/sqlite_schema.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <thread>
#include <vector>

using namespace auth_test;
using namespace auth;

namespace {

namespace fs = std::filesystem;

const std::string text(43, 'k');

std::string id_of(std::string_view key)
{
    return "id of " + std::string(key.substr(0, 8));
}

void write_file(const std::string& path, const std::string& content,
                mode_t mode = 0600)
{
    std::ofstream(path) << content;
    ASSERT_EQ(chmod(path.c_str(), mode), 0);
}

class sqlite_key_test : public sqlite_file_test
{
protected:
    std::string key_path() const { return key_file_of(database_); }

    checked<sqlite_key> prepare(bool only_look = false) const
    {
        return prepare_sqlite_key(database_, id_of, only_look);
    }

    std::string complaint(bool only_look = false) const
    {
        const auto key = prepare(only_look);
        return key ? "none" : key.error();
    }

    std::string known() const
    {
        return look_up_sqlite_key_id(database_).value_or("unreadable");
    }

    std::size_t files() const
    {
        return static_cast<std::size_t>(std::distance(
            fs::directory_iterator(folder_.path()), fs::directory_iterator()));
    }

    const std::string database_ = file_with_ann();
};

bool has(const std::string& sentence, const std::string& words)
{
    return sentence.find(words) != std::string::npos;
}

TEST_F(sqlite_key_test, is_made_once)
{
    const auto key = prepare();
    ASSERT_TRUE(key) << key.error();
    EXPECT_EQ(key->text.size(), 64U);
    EXPECT_EQ(key->notice, "");
    EXPECT_EQ(known(), id_of(key->text));
    EXPECT_EQ(fs::status(key_path()).permissions(),
              fs::perms::owner_read | fs::perms::owner_write);
    const auto again = prepare();
    ASSERT_TRUE(again) << again.error();
    EXPECT_EQ(again->text, key->text);
}

TEST_F(sqlite_key_test, is_another_one_for_each_database)
{
    const auto other =
        prepare_sqlite_key(folder_.new_file("other.db"), id_of, false);
    const auto key = prepare();
    ASSERT_TRUE(key && other);
    EXPECT_NE(key->text, other->text);
}

TEST_F(sqlite_key_test, who_only_looks_makes_nothing)
{
    const std::size_t before = files();
    const auto key = prepare(true);
    ASSERT_TRUE(key) << key.error();
    EXPECT_TRUE(key->text.empty());
    write_file(key_path(), text);
    EXPECT_EQ(prepare(true)->text.size(), text.size());
    EXPECT_EQ(known(), "");
    EXPECT_EQ(files(), before + 1);
}

TEST_F(sqlite_key_test, of_a_person_is_taken_without_its_line_end)
{
    write_file(key_path(), text + "\r\n");
    const auto key = prepare();
    ASSERT_TRUE(key) << key.error();
    EXPECT_EQ(key->text.compare(text.c_str()), 0);
    EXPECT_EQ(known(), id_of(text));
}

TEST_F(sqlite_key_test, that_is_missing_is_not_replaced)
{
    ASSERT_TRUE(prepare());
    fs::remove(key_path());
    for (const bool only_look : {true, false}) {
        const std::string words = complaint(only_look);
        EXPECT_TRUE(has(words, key_path() + "\" is missing")) << words;
        EXPECT_TRUE(has(words, "forget-key")) << words;
    }
    EXPECT_FALSE(fs::exists(key_path()));
}

TEST_F(sqlite_key_test, that_is_another_one_is_refused)
{
    ASSERT_TRUE(prepare());
    write_file(key_path(), text);
    for (const bool only_look : {true, false}) {
        EXPECT_TRUE(has(complaint(only_look), "is not the key that"));
    }
}

TEST_F(sqlite_key_test, that_is_lost_can_be_forgotten)
{
    const auto first = prepare();
    ASSERT_TRUE(first);
    fs::remove(key_path());
    EXPECT_EQ(forget_sqlite_key_id(database_).value_or(false), true);
    EXPECT_EQ(forget_sqlite_key_id(database_).value_or(true), false);
    const auto next = prepare();
    ASSERT_TRUE(next) << next.error();
    EXPECT_NE(next->text, first->text);
}

TEST_F(sqlite_key_test, without_a_database_that_can_be_read)
{
    write_file(database_, std::string(8192, 'x'));
    EXPECT_TRUE(has(complaint(), "put both back")) << complaint();
    EXPECT_FALSE(fs::exists(key_path()));
    write_file(key_path(), text);
    const auto key = prepare();
    ASSERT_TRUE(key) << key.error();
    EXPECT_TRUE(has(key->notice, "cannot note in the database"));
}

TEST_F(sqlite_key_test, serves_while_its_id_cannot_be_noted)
{
    other_program other(database_);
    other.run("BEGIN IMMEDIATE");
    const auto key = prepare();
    ASSERT_TRUE(key) << key.error();
    EXPECT_EQ(key->text.size(), 64U);
    EXPECT_TRUE(has(key->notice, "cannot note in the database")) << key->notice;
    other.run("ROLLBACK");
    ASSERT_EQ(prepare()->text, key->text);
    EXPECT_EQ(known(), id_of(key->text));
}

TEST_F(sqlite_key_test, leaves_nothing_on_a_full_disk)
{
    const std::size_t before = files();
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    rlimit usual{};
    getrlimit(RLIMIT_FSIZE, &usual);
    const rlimit none{0, usual.rlim_max};
    setrlimit(RLIMIT_FSIZE, &none);
    const auto key = make_key_file(key_path());
    setrlimit(RLIMIT_FSIZE, &usual);
    std::signal(SIGXFSZ, handler);
    ASSERT_FALSE(key);
    EXPECT_TRUE(has(key.error(), "cannot make the key")) << key.error();
    EXPECT_EQ(files(), before);
}

TEST_F(sqlite_key_test, of_processes_that_start_together_is_one)
{
    std::vector<std::string> found(8);
    std::vector<std::thread> threads;
    for (std::string& each : found) {
        threads.emplace_back([&] {
            const auto key = make_key_file(key_path());
            each = key ? std::string(*key) : key.error();
        });
    }
    for (std::thread& each : threads) {
        each.join();
    }
    EXPECT_EQ(found[0].size(), 64U) << found[0];
    EXPECT_EQ(std::count(found.begin(), found.end(), found[0]), 8);
}

TEST_F(sqlite_key_test, the_first_id_stays)
{
    EXPECT_EQ(note_sqlite_key_id(database_, "first").value_or(""), "first");
    EXPECT_EQ(note_sqlite_key_id(database_, "second").value_or(""), "first");
}

TEST_F(sqlite_key_test, its_id_leaves_the_version_of_the_schema)
{
    ASSERT_TRUE(prepare());
    other_program other(database_);
    EXPECT_EQ(other.run("PRAGMA user_version"), "1");
    sqlite_user_store store(database_);
    EXPECT_TRUE(store.find({"ann"}).has_value());
}

TEST_F(sqlite_key_test, file_that_others_may_use_is_refused)
{
    for (const mode_t mode : {0640, 0604, 0620, 0602, 0610}) {
        write_file(key_path(), text, mode);
        EXPECT_TRUE(has(complaint(), "other users have rights")) << mode;
    }
}

TEST_F(sqlite_key_test, file_that_is_too_short_is_refused)
{
    for (const std::string& content :
         {std::string(), std::string("\n"), text.substr(0, 31) + "\n"}) {
        write_file(key_path(), content);
        EXPECT_TRUE(has(complaint(), "a key has at least 32")) << content;
    }
    write_file(key_path(), std::string(5000, 'k'));
    EXPECT_TRUE(has(complaint(), "larger than 4k")) << complaint();
}

TEST_F(sqlite_key_test, that_is_no_regular_file_is_refused)
{
    write_file(file("elsewhere"), text);
    fs::create_symlink(file("elsewhere"), key_path());
    EXPECT_TRUE(has(complaint(), "must be a regular file")) << complaint();
    fs::remove(key_path());
    fs::create_directory(key_path());
    EXPECT_TRUE(has(complaint(), "must be a regular file")) << complaint();
    fs::remove(key_path());
    ASSERT_EQ(mkfifo(key_path().c_str(), 0600), 0);
    EXPECT_TRUE(has(complaint(), "must be a regular file")) << complaint();
}

TEST_F(sqlite_key_test, of_another_user_is_refused)
{
    write_file(key_path(), text);
    if (chown(key_path().c_str(), 54321, -1) != 0) {
        GTEST_SKIP() << "only root can give a file away";
    }
    EXPECT_TRUE(has(complaint(), "another user owns the key")) << complaint();
}

} // namespace
