// What a file has to be like to be used, and what is made of it.

#include "sqlite_test_file.h"

#include "store/sqlite_owner.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

using namespace auth_test;
using auth::sqlite_owner;
using auth::sqlite_user_store;
using auth::stored_user;
using code = auth::store_answer::code;
using who = auth::sqlite_owner::who;

namespace {

/// As the module made its table when it had its first columns.
constexpr char first_table[] =
    "CREATE TABLE users ( id TEXT PRIMARY KEY NOT NULL,"
    " username TEXT NOT NULL, password TEXT NOT NULL);";
/// As it made it before it marked its files.
constexpr char former_table[] =
    "CREATE TABLE IF NOT EXISTS users ( id TEXT PRIMARY KEY NOT NULL,"
    " username TEXT NOT NULL, password TEXT NOT NULL, created_at TEXT,"
    " disabled INTEGER NOT NULL DEFAULT 0, roles TEXT NOT NULL DEFAULT '',"
    " password_origin TEXT NOT NULL DEFAULT '');";
constexpr char former_indexes[] =
    "CREATE UNIQUE INDEX IF NOT EXISTS users_username ON users (username);"
    "CREATE INDEX IF NOT EXISTS users_username_folded"
    " ON users (username COLLATE NOCASE);"
    "PRAGMA user_version=1;";
constexpr char ann_row[] = "INSERT INTO users (id, username, password) VALUES"
                           " ('0123456789abcdef01234567', 'ann', '$hash');";

class sqlite_schema_test : public sqlite_file_test
{
protected:
    std::string file_of(const std::string& sql) const
    {
        std::string path = folder_.new_file("users.db");
        other_program(path).run(sql.c_str());
        return path;
    }

    /// The size and a hash of everything in the folder, by name.
    std::map<std::string, std::pair<std::size_t, std::size_t>>
    folder_content() const
    {
        std::map<std::string, std::pair<std::size_t, std::size_t>> content;
        for (const auto& entry :
             std::filesystem::directory_iterator(folder_.path())) {
            std::ifstream in(entry.path(), std::ios::binary);
            const std::string bytes{std::istreambuf_iterator<char>(in), {}};
            content[entry.path().filename()] = {
                bytes.size(), std::hash<std::string>()(bytes)};
        }
        return content;
    }

    /// Neither a look nor the store itself touches somebody else's file.
    void expect_refused(const std::string& path, const std::string& reason)
    {
        const auto before = folder_content();
        const sqlite_owner owner = auth::inspect_sqlite_file(path);
        EXPECT_EQ(owner.is, who::other);
        EXPECT_NE(owner.reason.find(reason), std::string::npos) << owner.reason;
        EXPECT_EQ(folder_content(), before) << "inspect";
        {
            sqlite_user_store store(path);
            EXPECT_EQ(store_answer(store.prepare()).status, code::unavailable);
            EXPECT_EQ(find(store), code::unavailable);
            EXPECT_EQ(store_answer(store.insert(new_user("bob"))).status,
                      code::unavailable);
        }
        EXPECT_EQ(folder_content(), before) << "store";
    }

    static void expect_ours(const std::string& path)
    {
        {
            sqlite_user_store store(path);
            EXPECT_EQ(find(store), code::done);
            EXPECT_TRUE(store.insert(new_user("bob")).has_value());
        }
        EXPECT_EQ(auth::inspect_sqlite_file(path).is, who::ours);
        other_program other(path);
        EXPECT_EQ(other.run("PRAGMA application_id"), "1852274785");
        EXPECT_EQ(other.run("PRAGMA user_version"), "1");
        EXPECT_EQ(other.run("PRAGMA journal_mode"), "wal");
        EXPECT_EQ(other.run("SELECT min(epoch) || max(epoch) FROM users"),
                  "00");
        EXPECT_EQ(other.run("SELECT created_at || disabled || roles ||"
                            " password_origin FROM users WHERE"
                            " created_at IS NOT NULL") != "",
                  true);
    }
};

} // namespace

TEST_F(sqlite_schema_test, new_file_is_marked)
{
    std::string path = folder_.new_file("users.db");
    EXPECT_EQ(auth::inspect_sqlite_file(path).is, who::nobody);
    sqlite_user_store store(path);
    ASSERT_TRUE(store.prepare().has_value());
    // In the file itself, whatever still waits in the log.
    std::ifstream in(path, std::ios::binary);
    std::string header(100, '\0');
    in.read(header.data(), 100);
    EXPECT_EQ(header.substr(68, 4), "ngxa");
}

TEST_F(sqlite_schema_test, files_of_former_modules_are_marked_and_completed)
{
    for (const std::string& sql :
         {std::string(former_table) + former_indexes + ann_row,
          std::string(first_table) + former_indexes + ann_row,
          std::string(first_table) + former_indexes + ann_row +
              "ALTER TABLE users ADD COLUMN roles TEXT NOT NULL DEFAULT '';"
              "PRAGMA journal_mode=WAL",
          std::string(former_table) + ann_row + "PRAGMA user_version=1",
          // As a program that shows databases writes it, and ANALYZE.
          "CREATE TABLE \"users\" (\n\t\"id\" TEXT PRIMARY KEY NOT NULL,\n\t"
          "`username` TEXT NOT NULL,\n\t[password] TEXT NOT NULL\n);" +
              std::string(former_indexes) + ann_row + "ANALYZE",
          // As a dump holds it, which has no application_id.
          std::string(former_table) + former_indexes + ann_row +
              "CREATE TABLE ngx_auth_meta (name TEXT PRIMARY KEY NOT NULL,"
              " value TEXT NOT NULL);"
              "CREATE INDEX ngx_auth_meta_value ON ngx_auth_meta (value)"}) {
        std::string path = file_of(sql);
        EXPECT_EQ(auth::inspect_sqlite_file(path).is, who::ours_unmarked);
        expect_ours(path);
        std::filesystem::remove(path);
    }
}

TEST_F(sqlite_schema_test, former_file_whose_content_waits_in_the_log)
{
    std::string path = folder_.new_file("users.db");
    other_program other(path); // stays open, so that the log stays
    other.run((std::string("PRAGMA journal_mode=WAL;"
                           "PRAGMA wal_autocheckpoint=0;") +
               former_table + former_indexes + ann_row)
                  .c_str());
    const auto before = folder_content();
    ASSERT_GT(before.at("users.db-wal").first, 4096U);
    ASSERT_LE(before.at("users.db").first, 4096U);
    EXPECT_EQ(auth::inspect_sqlite_file(path).is, who::ours_unmarked);
    EXPECT_EQ(folder_content(), before);
    expect_ours(path);
}

TEST_F(sqlite_schema_test, refuses_files_of_other_programs)
{
    const std::string ours = std::string(former_table) + former_indexes;
    struct foreign {
        std::string sql;
        const char* reason;
    };
    const foreign files[] = {
        {"CREATE TABLE users (id INTEGER PRIMARY KEY, username, password)",
         "table users"},
        {std::string(former_table) + "PRAGMA user_version=42",
         "user_version is 42"},
        {std::string(former_table), "user_version is 0"},
        {"CREATE TABLE users (id TEXT PRIMARY KEY, username, password);"
         "PRAGMA user_version=1",
         "table users"},
        {"CREATE TABLE auth_user (id integer NOT NULL PRIMARY KEY"
         " AUTOINCREMENT, password varchar(128) NOT NULL, username"
         " varchar(150) NOT NULL UNIQUE);"
         "CREATE TABLE django_migrations (id integer)",
         "django_migrations"},
        {ours + "PRAGMA application_id=252006674", "application_id 252006674"},
        {ours + "PRAGMA application_id=-2", "application_id -2"},
        {"CREATE VIEW users AS SELECT 'a' AS id, 'b' AS username,"
         " 'c' AS password",
         "view \"users\""},
        {ours + "ALTER TABLE users ADD COLUMN email TEXT", "table users"},
        {ours + "CREATE TRIGGER t AFTER INSERT ON users BEGIN DELETE FROM"
                " users; END",
         "trigger \"t\""},
        {ours + "CREATE TABLE posts (x)", "table \"posts\""},
        {ours + "CREATE VIEW ngx_auth_meta AS SELECT 1",
         "view \"ngx_auth_meta\""},
        {ours + "CREATE INDEX ngx_auth_x ON users (roles)",
         "index \"ngx_auth_x\""},
        {"CREATE TABLE ngx_auth_meta (x); PRAGMA user_version=1",
         "user_version is 1"},
        {ours + "CREATE INDEX by_role ON users (roles)", "index \"by_role\""},
        {"PRAGMA user_version=3; CREATE TABLE x (y); DROP TABLE x",
         "user_version is 3"},
        {"CREATE TABLE users ( id TEXT PRIMARY KEY NOT NULL, username TEXT"
         " NOT NULL, password TEXT NOT NULL) WITHOUT ROWID;"
         "PRAGMA user_version=1",
         "table users"},
        {"PRAGMA journal_mode=WAL; CREATE TABLE notes (text)", "notes"},
    };
    for (const foreign& each : files) {
        SCOPED_TRACE(each.sql);
        std::string path = file_of(each.sql);
        expect_refused(path, each.reason);
        std::filesystem::remove(path);
    }
}

TEST_F(sqlite_schema_test, looking_leaves_the_log_of_another_program_alone)
{
    std::string path = folder_.new_file("users.db");
    for (const bool is_crashed : {false, true}) {
        {
            other_program other(path);
            other.run("PRAGMA journal_mode=WAL;"
                      "CREATE TABLE IF NOT EXISTS notes (text)");
            std::filesystem::copy(path + "-wal", file("kept-wal"));
            const auto before = folder_content();
            EXPECT_EQ(auth::inspect_sqlite_file(path).is, who::other);
            EXPECT_EQ(folder_content(), before);
        }
        if (is_crashed) {
            std::filesystem::rename(file("kept-wal"), path + "-wal");
        }
        std::filesystem::remove(file("kept-wal"));
        const auto before = folder_content();
        EXPECT_EQ(auth::inspect_sqlite_file(path).is, who::other);
        EXPECT_EQ(folder_content(), before);
    }
}

TEST_F(sqlite_schema_test, looking_leaves_an_unfinished_change_alone)
{
    std::string path = file_of("CREATE TABLE notes (text);"
                               "INSERT INTO notes VALUES (1)");
    {
        other_program other(path);
        other.run("PRAGMA cache_spill=1; PRAGMA cache_size=1; BEGIN;"
                  "INSERT INTO notes SELECT randomblob(100000)");
        std::filesystem::copy(path + "-journal", file("kept"));
        other.run("ROLLBACK");
    }
    std::filesystem::rename(file("kept"), path + "-journal");
    ASSERT_GT(std::filesystem::file_size(path + "-journal"), 500U);
    const auto before = folder_content();
    const sqlite_owner owner = auth::inspect_sqlite_file(path);
    EXPECT_EQ(owner.is, who::other);
    EXPECT_EQ(folder_content(), before);
}

TEST_F(sqlite_schema_test, refuses_what_is_no_database)
{
    std::string path = folder_.new_file("users.db");
    for (const std::string& content :
         {std::string(5000, 'x'), std::string(1, 'x'),
          std::string("SQLite format 3\0", 16), std::string(4096, '\xa7'),
          std::string("SQLite format 4\0", 16) + std::string(4096, '\0')}) {
        std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
        const auto before = folder_content();
        EXPECT_EQ(auth::inspect_sqlite_file(path).is, who::other);
        sqlite_user_store store(path);
        EXPECT_EQ(store_answer(store.prepare()).status, code::unavailable);
        EXPECT_EQ(folder_content(), before);
    }
}

// A module of before works on a file of today: its statements, as they were.
TEST_F(sqlite_schema_test, former_module_works_on_our_file)
{
    std::string path = file_with_ann();
    other_program former(path);
    EXPECT_EQ(former.run("PRAGMA user_version"), "1"); // so it makes nothing
    former.run("INSERT INTO users (id, username, password, created_at,"
               " disabled, roles) VALUES ('0123456789abcdef01234567', 'bob',"
               " '$old', '2026-01-01T00:00:00Z', 0, 'staff')");
    EXPECT_EQ(former.run("SELECT id, username, password, disabled, roles,"
                         " password_origin FROM users WHERE username IN"
                         " ('bob', 'Bob')"),
              "0123456789abcdef01234567");
    EXPECT_EQ(former.run("SELECT 1 FROM users WHERE username = 'BOB' COLLATE"
                         " NOCASE LIMIT 1"),
              "1");
    former.run("UPDATE users SET password = '$new', password_origin = ''"
               " WHERE id = '0123456789abcdef01234567' AND (password = '$old'"
               " OR password = x'00')");
    former.run("UPDATE users SET password = coalesce(NULL, password),"
               " disabled = coalesce(NULL, disabled), roles = coalesce('x',"
               " roles) WHERE id = '0123456789abcdef01234567'");

    sqlite_user_store store(path);
    stored_user bob;
    ASSERT_TRUE(take(store.find({"bob"}), bob).done());
    EXPECT_EQ(bob.password.view(), "$new");
    EXPECT_EQ(bob.roles, std::vector<std::string>{"x"});
    EXPECT_EQ(former.run("SELECT epoch FROM users WHERE username = 'bob'"),
              "0");
    former.run("DELETE FROM users WHERE id = '0123456789abcdef01234567'");
    EXPECT_EQ(find(store, "bob"), code::absent);
}

// An index is known by what it does, not by its name.
TEST_F(sqlite_schema_test, wrong_index_is_put_right)
{
    for (const char* wrong :
         {"CREATE INDEX users_username ON users (username)",
          "CREATE UNIQUE INDEX users_username ON users (password)",
          "CREATE UNIQUE INDEX users_username ON users (username, id)",
          "CREATE UNIQUE INDEX users_username ON users (username)"
          " WHERE disabled = 0",
          "CREATE UNIQUE INDEX users_username ON users (lower(username))",
          "CREATE UNIQUE INDEX users_username ON users"
          " (username COLLATE RTRIM)"}) {
        SCOPED_TRACE(wrong);
        std::string path =
            file_of(std::string(former_table) + ann_row + wrong +
                    ";CREATE INDEX users_username_folded ON users (username);"
                    "PRAGMA user_version=1");
        sqlite_user_store store(path);
        stored_user found;
        EXPECT_TRUE(take(store.find({"ann"}), found).done());
        EXPECT_EQ(store_answer(store.insert(new_user("ann"))).status,
                  code::taken);
        other_program other(path);
        EXPECT_EQ(other.run("SELECT sql FROM sqlite_schema"
                            " WHERE name = 'users_username'"),
                  "CREATE UNIQUE INDEX users_username ON users (username)");
        EXPECT_NE(other
                      .plan("SELECT 1 FROM users WHERE username = 'a' COLLATE"
                            " NOCASE LIMIT 1")
                      .find("USING COVERING INDEX users_username_folded"),
                  std::string::npos);
        for (const char* suffix : {"", "-wal", "-shm"}) {
            std::filesystem::remove(path + suffix);
        }
    }
}

TEST_F(sqlite_schema_test, wrong_index_with_a_name_that_is_there_twice)
{
    std::string path =
        file_of(std::string(former_table) + ann_row +
                "INSERT INTO users (id, username, password) VALUES"
                " ('0123456789abcdef01234568', 'ann', '$2');"
                "CREATE INDEX users_username ON users (username);"
                "PRAGMA user_version=1");
    sqlite_user_store store(path);
    EXPECT_TRUE(has(store.prepare(), code::unavailable, "HAVING count(*) > 1"));
    EXPECT_NE(find(store), code::done);
    other_program other(path);
    EXPECT_EQ(other.run("SELECT sql FROM sqlite_schema"
                        " WHERE name = 'users_username'"),
              "CREATE INDEX users_username ON users (username)");
    other.run("DELETE FROM users WHERE password = '$2'");
    EXPECT_TRUE(store.prepare().has_value());
    EXPECT_EQ(store_answer(store.insert(new_user("ann"))).status, code::taken);
}

TEST_F(sqlite_schema_test, index_of_another_name_does_as_well)
{
    std::string path = file_with_ann();
    other_program other(path);
    other.run("DROP INDEX users_username;"
              "CREATE UNIQUE INDEX names ON users (username)");
    sqlite_user_store store(path);
    EXPECT_TRUE(store.prepare().has_value());
    EXPECT_EQ(other.run("SELECT count(*) FROM pragma_index_list('users')"
                        " WHERE name = 'users_username'"),
              "0");
}

TEST_F(sqlite_schema_test, index_that_is_dropped_meanwhile_is_made_again)
{
    std::string path = file_with_ann();
    sqlite_user_store store(path);
    ASSERT_EQ(find(store), code::done);
    other_program(path).run("DROP INDEX users_username");
    EXPECT_EQ(store_answer(store.insert(new_user("ann"))).status, code::taken);
}

TEST_F(sqlite_schema_test, another_unique_index_is_no_name_that_is_taken)
{
    std::string path = file_with_ann();
    other_program(path).run(
        "ALTER TABLE users ADD COLUMN email TEXT NOT NULL DEFAULT '';"
        "CREATE UNIQUE INDEX by_email ON users (email)");
    sqlite_user_store store(path);
    EXPECT_EQ(find(store), code::done);
    EXPECT_TRUE(
        has(store.insert(new_user("bob")), code::unavailable, "users.email"));
}
