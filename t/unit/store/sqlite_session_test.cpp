// What is particular to sessions in an SQLite file: the tables beside the
// users', transactions, faults, copies.

#include "session_test_store.h"

#include "store/sqlite_backup.h"
#include "store/sqlite_database.h"
#include "store/sqlite_session_store.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sys/stat.h>
#include <thread>

using namespace auth_test;
using auth::sqlite_session_store;
using code = auth::store_answer::code;

namespace {

constexpr unsigned nobody = 65534;

/// A file with user ann as an older module has made it.
constexpr char older_file[] =
    "PRAGMA application_id=1852274785; PRAGMA user_version=1;"
    "PRAGMA journal_mode=WAL;"
    "CREATE TABLE users ( id TEXT PRIMARY KEY NOT NULL, username TEXT NOT NULL,"
    " password TEXT NOT NULL, created_at TEXT, disabled INTEGER NOT NULL"
    " DEFAULT 0, roles TEXT NOT NULL DEFAULT '', password_origin TEXT NOT NULL"
    " DEFAULT '', epoch INTEGER NOT NULL DEFAULT 0);"
    "CREATE UNIQUE INDEX users_username ON users (username);"
    "CREATE INDEX users_username_folded ON users (username COLLATE NOCASE);"
    "INSERT INTO users (id, username, password) VALUES"
    " ('0123456789abcdef01234567', 'ann', '$hash')";

constexpr char count_tables[] =
    "SELECT count(*) FROM sqlite_schema WHERE name GLOB 'ngx_auth_*'";

class sqlite_session_test : public sqlite_file_test
{
protected:
    static std::shared_ptr<sqlite_session_store> open(const std::string& path)
    {
        return std::make_shared<sqlite_session_store>(
            std::make_shared<auth::sqlite_database>(path));
    }
    /// What the store says to everything.
    static std::vector<store_answer> answers_of_all(auth::session_store& store)
    {
        const auto session = new_session(store, 1);
        return {store.prepare(),
                store.insert(session),
                answer_to(store.find(session.digest)),
                store.remove(session.digest),
                store.remove_lower_epochs("ann", 1),
                answer_to(store.trim("ann", "r", 1)),
                answer_to(store.list("ann", "r")),
                store.touch({{session.digest, session.seen}}),
                answer_to(store.poll(0)),
                store.purge()};
    }
};

} // namespace

TEST_F(sqlite_session_test, file_of_an_older_module_is_completed)
{
    const std::string path = folder_.new_file("users.db");
    other_program(path).run(older_file);
    const auto store = open(path);
    // Who only reads makes nothing.
    EXPECT_EQ(answer_to(store->find(digest_of(1))).status, code::absent);
    EXPECT_TRUE(store->poll(0)->empty());
    {
        auth::sqlite_user_store users(path);
        EXPECT_EQ(find(users), code::done);
    }
    EXPECT_EQ(other_program(path).run(count_tables), "0");

    EXPECT_TRUE(store->insert(new_session(*store, 1)).has_value());
    EXPECT_TRUE(store->find(digest_of(1)).has_value());
    other_program other(path);
    EXPECT_EQ(other.run("PRAGMA user_version"), "1");
    EXPECT_EQ(other.run("SELECT count(*) FROM users"), "1");
    EXPECT_EQ(other.run("PRAGMA integrity_check"), "ok");
}

TEST_F(sqlite_session_test, store_of_users_completes_it_as_well)
{
    const std::string path = folder_.new_file("users.db");
    other_program(path).run(older_file);
    auth::sqlite_user_store users(path);
    EXPECT_TRUE(users.prepare().has_value());
    EXPECT_EQ(other_program(path).run(count_tables), "5");
}

TEST_F(sqlite_session_test, dropped_index_is_made_again)
{
    const std::string path = file_with_ann();
    other_program(path).run("DROP INDEX ngx_auth_sessions_user;"
                            "DROP TABLE ngx_auth_revocations");
    const auto store = open(path);
    EXPECT_TRUE(store->remove(digest_of(1)).has_value());
    EXPECT_EQ(other_program(path).run(count_tables), "5");
}

TEST_F(sqlite_session_test, file_of_another_program_stays_as_it_is)
{
    const std::string path = folder_.new_file("users.db");
    other_program(path).run("CREATE TABLE notes (text);"
                            "INSERT INTO notes VALUES ('x')");
    const auto content = [&path] {
        std::ifstream in(path, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    const std::string before = content();
    for (const store_answer& answer : answers_of_all(*open(path))) {
        EXPECT_TRUE(has(answer, code::unavailable, "no database of this"));
    }
    EXPECT_EQ(content(), before);
}

TEST_F(sqlite_session_test, missing_and_damaged_files)
{
    for (const store_answer& answer : answers_of_all(*open(file("no.db")))) {
        EXPECT_TRUE(has(answer, code::unavailable, "does not exist"));
    }
    const std::string path = folder_.new_file("users.db");
    std::ofstream(path) << std::string(5000, 'x');
    for (const store_answer& answer : answers_of_all(*open(path))) {
        EXPECT_TRUE(has(answer, code::unavailable, "damaged"));
    }
}

TEST_F(sqlite_session_test, replaced_file_is_given_up_by_both)
{
    const std::string path = file_with_ann();
    auth::opened_store store =
        auth::open_store(auth::parse_store_uri("sqlite:" + path).value());
    EXPECT_EQ(find(*store.users), code::done);
    std::filesystem::rename(path, file("away.db"));
    folder_.new_file("users.db");
    EXPECT_TRUE(has(store.sessions->insert(new_session(*store.sessions, 1)),
                    code::unavailable, "was replaced"));
    EXPECT_EQ(find(*store.users), code::unavailable);
    EXPECT_EQ(std::filesystem::file_size(path), 0u);
}

TEST_F(sqlite_session_test, locked_or_read_only)
{
    const std::string path = file_with_ann();
    const auto store = open(path);
    EXPECT_TRUE(store->insert(new_session(*store, 1)).has_value());
    {
        other_program other(path);
        other.run("BEGIN IMMEDIATE");
        EXPECT_TRUE(has(store->remove(digest_of(1)), code::unavailable,
                        "keeps it locked"));
        EXPECT_TRUE(store->find(digest_of(1)).has_value());
        EXPECT_TRUE(store->poll(0).has_value());
        EXPECT_TRUE(store->trim("ann", "r", 1).has_value());
    }
    chmod(path.c_str(), 0444);
    chmod(folder_.path().c_str(), 0555);
    EXPECT_TRUE(in_child(nobody, [&] {
        const auto other = open(path);
        const store_answer removed = other->remove(digest_of(1));
        return removed.status == code::unavailable;
    }));
    chmod(folder_.path().c_str(), 0755);
    chmod(path.c_str(), 0600);
    EXPECT_TRUE(store->remove(digest_of(1)).has_value());
}

TEST_F(sqlite_session_test, ends_nothing_where_it_cannot_say_so)
{
    const std::string path = file_with_ann();
    auth::opened_store store =
        auth::open_store(auth::parse_store_uri("sqlite:" + path).value());
    auth::stored_user ann;
    EXPECT_TRUE(take(store.users->find({"ann"}), ann).done());
    EXPECT_TRUE(store.sessions->insert(new_session(*store.sessions, 1, ann.id))
                    .has_value());
    other_program(path).run(
        "CREATE TRIGGER no BEFORE INSERT ON ngx_auth_revocations BEGIN"
        " SELECT RAISE(ABORT, 'no'); END");
    EXPECT_TRUE(has(store.sessions->remove(digest_of(1)), code::unavailable,
                    "trigger"));
    EXPECT_TRUE(
        has(store.users->raise_epoch(ann), code::unavailable, "trigger"));
    EXPECT_TRUE(has(change_password(*store.users, ann, "$new"),
                    code::unavailable, "trigger"));
    EXPECT_TRUE(
        has(store.users->remove_user(ann.id), code::unavailable, "trigger"));
    EXPECT_TRUE(store.sessions->find(digest_of(1)).has_value());
    EXPECT_TRUE(take(store.users->find({"ann"}), ann).done());
    EXPECT_EQ(ann.epoch, 0);
    EXPECT_EQ(ann.password.view(), "$hash");
}

TEST_F(sqlite_session_test, old_revocations_go_with_new_ones)
{
    const std::string path = file_with_ann();
    const auto store = open(path);
    for (int n = 0; n < 8; ++n) {
        EXPECT_TRUE(store->remove(digest_of(n)).has_value());
    }
    other_program(path).run("UPDATE ngx_auth_revocations SET at = at - 3700000"
                            " WHERE rowid <= 5");
    EXPECT_TRUE(store->remove(digest_of(8)).has_value());
    EXPECT_EQ(other_program(path).run("SELECT count(*) FROM"
                                      " ngx_auth_revocations"),
              "4");
}

TEST_F(sqlite_session_test, asks_by_indexes)
{
    const std::string path = file_with_ann();
    other_program other(path);
    EXPECT_NE(other
                  .plan("SELECT digest FROM ngx_auth_sessions WHERE user = 'a'"
                        " AND realm = 'r' AND kind = 'login' AND until > 1"
                        " ORDER BY created DESC, digest DESC")
                  .find("ngx_auth_sessions_user"),
              std::string::npos);
    EXPECT_NE(other
                  .plan("DELETE FROM ngx_auth_sessions WHERE user = 'a' AND"
                        " epoch < 3")
                  .find("ngx_auth_sessions_user"),
              std::string::npos);
    EXPECT_NE(other
                  .plan("SELECT digest FROM ngx_auth_sessions WHERE until <= 1"
                        " LIMIT 200")
                  .find("ngx_auth_sessions_until"),
              std::string::npos);
    const std::string poll = other.plan(
        "SELECT at FROM ngx_auth_revocations WHERE at >= 1 ORDER BY at, rowid");
    EXPECT_NE(poll.find("ngx_auth_revocations_at"), std::string::npos);
    EXPECT_EQ(poll.find("TEMP B-TREE"), std::string::npos) << poll;
}

TEST_F(sqlite_session_test, copy_brings_no_session_back)
{
    const std::string path = file_with_ann();
    auth::opened_store store =
        auth::open_store(auth::parse_store_uri("sqlite:" + path).value());
    auth::stored_user ann;
    EXPECT_TRUE(take(store.users->find({"ann"}), ann).done());
    auth::stored_user bob = new_user("bob");
    EXPECT_TRUE(store.users->insert(bob).has_value());
    EXPECT_TRUE(store.sessions->insert(new_session(*store.sessions, 1, ann.id))
                    .has_value());
    EXPECT_TRUE(store.sessions->remove(digest_of(7)).has_value());
    const auto copy = auth::copy_sqlite_database(path);
    ASSERT_TRUE(copy.has_value());

    EXPECT_TRUE(store.users->raise_epoch(bob).has_value());
    EXPECT_TRUE(store.users->remove_user(bob.id).has_value());
    EXPECT_TRUE(store.sessions->insert(new_session(*store.sessions, 2, ann.id))
                    .has_value());
    EXPECT_TRUE(store.sessions->remove(digest_of(8)).has_value());
    EXPECT_TRUE(
        auth::restore_sqlite_database(path, *copy, auth::copied_key_id::kept)
            .has_value());
    for (const int n : {1, 2}) {
        EXPECT_EQ(answer_to(store.sessions->find(digest_of(n))).status,
                  code::absent);
    }
    // What nginx may not have read yet is still there, once.
    const auto ended = store.sessions->poll(auth::revocation_life_ms);
    ASSERT_TRUE(ended.has_value());
    ASSERT_EQ(ended->size(), 4u);
    EXPECT_EQ(ended->front().session, digest_of(7));
    EXPECT_EQ(ended->back().session, digest_of(8));
    // The user who is there again has no epoch that sessions may still have.
    EXPECT_TRUE(take(store.users->find({"bob"}), bob).done());
    EXPECT_EQ(bob.epoch, 2);
    EXPECT_TRUE(store.sessions->insert(new_session(*store.sessions, 3, ann.id))
                    .has_value());
}

TEST_F(sqlite_session_test, purge_lets_others_write)
{
    const std::string path = file_with_ann();
    const auto store = open(path);
    other_program(path).run(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n"
        " WHERE i < 3000) INSERT INTO ngx_auth_sessions SELECT randomblob(32),"
        " 'login', 'r', 0, 0, 'ann', 0, 0, 1, 1, 2, 0, 0, '', '' FROM n");
    std::chrono::steady_clock::duration longest{};
    store_answer purged;
    std::thread purging([&] { purged = store->purge(); });
    for (int n = 0; n < 20; ++n) {
        const auto began = std::chrono::steady_clock::now();
        EXPECT_TRUE(store->insert(new_session(*store, n)).has_value());
        longest = std::max(longest, std::chrono::steady_clock::now() - began);
    }
    purging.join();
    EXPECT_TRUE(purged.done()) << purged.detail;
    RecordProperty("longest_ms", static_cast<int>(longest.count() / 1000000));
    // Each call gets on, whatever else the machine does.
    for (int i = 0; i < 20; ++i) {
        EXPECT_TRUE(store->purge().has_value());
    }
    EXPECT_EQ(other_program(path).run("SELECT count(*) FROM"
                                      " ngx_auth_sessions"),
              "20");
}
