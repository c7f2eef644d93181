// What is particular to users in an SQLite file.

#include "sqlite_test_file.h"

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

using namespace auth_test;
using auth::sqlite_user_store;
using auth::store_answer;
using auth::stored_user;
using code = auth::store_answer::code;

namespace {

class sqlite_user_store_test : public sqlite_file_test
{
protected:
    /// What the store says to everything but prepare().
    static std::vector<store_answer> answers_of_all(sqlite_user_store& store)
    {
        stored_user found;
        std::vector<std::string> passwords;
        std::vector<auth::listed_user> users;
        const stored_user ann = new_user("ann");
        auth::user_changes disable;
        disable.disabled = true;
        return {take(store.find({"ann"}), found),
                take(store.find_by_id(ann.id), found),
                store.is_taken("ann"),
                store.insert(new_user("bob")),
                replace_password(store, ann, "$new"),
                read_passwords(store, passwords),
                take(store.list("", 9), users),
                take(store.look_up({"ann"}), users),
                store.change_user(ann.id, disable),
                store.remove_user(ann.id)};
    }
};

} // namespace

TEST_F(sqlite_user_store_test, does_not_make_the_file)
{
    sqlite_user_store store(file("users.db"));
    for (const store_answer& answer : answers_of_all(store)) {
        EXPECT_TRUE(has(answer, code::unavailable,
                        "does not exist; it is made when nginx starts"));
    }
    EXPECT_TRUE(has(store.prepare(), code::unavailable, "does not exist"));
    EXPECT_FALSE(std::filesystem::exists(file("users.db")));

    folder_.new_file("users.db");
    EXPECT_TRUE(store.insert(new_user("ann")).has_value()); // no restart needed
}

TEST_F(sqlite_user_store_test, keeps_mode_and_durability)
{
    std::string path = folder_.new_file("users.db");
    sqlite_user_store store(path);
    ASSERT_TRUE(store.insert(new_user("ann")).has_value());
    for (const char* suffix : {"", "-wal", "-shm"}) {
        struct stat status {
        };
        ASSERT_EQ(stat((path + suffix).c_str(), &status), 0) << suffix;
        EXPECT_EQ(status.st_mode & 0777, 0600U) << suffix;
    }
    other_program other(path);
    EXPECT_EQ(other.run("PRAGMA journal_mode"), "wal");
    EXPECT_EQ(other.run("PRAGMA user_version"), "1");
    EXPECT_EQ(other.run("PRAGMA integrity_check"), "ok");
}

TEST_F(sqlite_user_store_test, refuses_links_but_not_in_the_folder)
{
    std::string path = file_with_ann();
    std::filesystem::create_symlink(path, file("link.db"));
    sqlite_user_store linked(file("link.db"));
    stored_user found;
    EXPECT_TRUE(has(take(linked.find({"ann"}), found), code::unavailable,
                    "symbolic link"));
    EXPECT_TRUE(
        has(linked.insert(new_user("bob")), code::unavailable, "symbolic"));

    std::filesystem::create_directory_symlink(folder_.path(), file("here"));
    sqlite_user_store through(file("here") + "/users.db");
    EXPECT_EQ(find(through), code::done);
}

TEST_F(sqlite_user_store_test, odd_paths)
{
    std::string odd = folder_.new_file("a?b#c%20d.db");
    sqlite_user_store store(odd);
    EXPECT_TRUE(store.insert(new_user("ann")).has_value());
    EXPECT_EQ(find(store), code::done);

    std::filesystem::create_directory(file("folder"));
    sqlite_user_store folder(file("folder"));
    stored_user found;
    EXPECT_TRUE(has(take(folder.find({"ann"}), found), code::unavailable,
                    "regular file"));
}

TEST_F(sqlite_user_store_test, refuses_other_files)
{
    std::string path = folder_.new_file("users.db");
    std::ofstream(path) << std::string(5000, 'x');
    sqlite_user_store store(path);
    stored_user found;
    EXPECT_TRUE(
        has(take(store.find({"ann"}), found), code::unavailable, "damaged"));
    EXPECT_TRUE(has(store.prepare(), code::unavailable, "damaged"));
}

TEST_F(sqlite_user_store_test, refuses_a_newer_schema)
{
    std::string path = file_with_ann();
    other_program(path).run("PRAGMA user_version=7");
    sqlite_user_store store(path);
    for (const store_answer& answer : answers_of_all(store)) {
        EXPECT_TRUE(has(answer, code::unavailable, "newer version"));
    }
}

TEST_F(sqlite_user_store_test, tells_of_a_table_that_was_dropped)
{
    std::string path = file_with_ann();
    other_program(path).run("DROP TABLE users");
    sqlite_user_store store(path);
    EXPECT_TRUE(has(store.prepare(), code::unavailable, "is gone"));
    for (const store_answer& answer : answers_of_all(store)) {
        EXPECT_TRUE(has(answer, code::unavailable, "table users is gone"));
    }
}

TEST_F(sqlite_user_store_test, refuses_a_view)
{
    std::string path = folder_.new_file("users.db");
    other_program(path).run("CREATE TABLE people (id, username, password);"
                            "CREATE VIEW users AS SELECT * FROM people");
    sqlite_user_store store(path);
    for (const store_answer& answer : answers_of_all(store)) {
        EXPECT_TRUE(has(answer, code::unavailable, "no database of this"));
    }
    EXPECT_TRUE(has(store.prepare(), code::unavailable, "no database of this"));
}

TEST_F(sqlite_user_store_test, roles_may_stand_apart)
{
    std::string path = file_with_ann();
    other_program(path).run("UPDATE users SET roles = ' staff , ,editors  ,'");
    sqlite_user_store store(path);
    stored_user found;
    EXPECT_TRUE(take(store.find({"ann"}), found).done());
    EXPECT_EQ(found.roles, (std::vector<std::string>{"staff", "editors"}));
}

TEST_F(sqlite_user_store_test, refuses_a_marked_table_that_lacks_a_column)
{
    std::string path = folder_.new_file("users.db");
    other_program(path).run("CREATE TABLE users (id, name, password);"
                            "PRAGMA application_id=1852274785");
    sqlite_user_store store(path);
    stored_user found;
    EXPECT_TRUE(has(take(store.find({"ann"}), found), code::unavailable,
                    "column username"));
    EXPECT_TRUE(has(store.prepare(), code::unavailable, "column username"));
}

TEST_F(sqlite_user_store_test, finds_names_through_indexes)
{
    std::string path = file_with_ann();
    other_program other(path);
    EXPECT_EQ(other.run("SELECT count(*) FROM pragma_index_list('users') WHERE "
                        "name = 'users_username' AND \"unique\" = 1"),
              "1");
    EXPECT_NE(other
                  .plan("SELECT 1 FROM users WHERE username = 'a' COLLATE"
                        " NOCASE LIMIT 1")
                  .find("USING COVERING INDEX users_username_folded"),
              std::string::npos);
    EXPECT_NE(other.plan("SELECT id FROM users WHERE username IN ('a', 'b')")
                  .find("USING INDEX users_username "),
              std::string::npos);
}

TEST_F(sqlite_user_store_test, refuses_roles_with_commas)
{
    std::string path = folder_.new_file("users.db");
    sqlite_user_store store(path);
    stored_user ann = new_user("ann");
    ann.roles = {"a,b"};
    EXPECT_EQ(store_answer(store.insert(ann)).status, code::unusable);
    ann.roles = {""};
    EXPECT_EQ(store_answer(store.insert(ann)).status, code::unusable);
}
