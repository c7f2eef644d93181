// Servers that answer what no MongoDB should. These tests need no MongoDB.

#include "mongo_stand_in.h"
#include "mongo_test_server.h"
#include "store/admin_store.h"
#include "test_store.h"

#include <gtest/gtest.h>
#include <map>

using namespace auth_test;
using auth::store_answer;
using auth::stored_user;
using code = auth::store_answer::code;

namespace {

constexpr const char* ann_id = "0123456789abcdef01234567";

/// The reply to a command that finds these documents.
std::string batch(const std::string& documents, const std::string& id = "0")
{
    return R"({"ok": 1, "cursor": {"id": {"$numberLong": ")" + id +
           R"("}, "ns": "d.users", "firstBatch": [)" + documents + "]}}";
}

std::string user(const std::string& password)
{
    return std::string(R"({"_id": {"$oid": ")") + ann_id +
           R"("}, "username": "ann", "password": ")" + password + R"("})";
}

/// A store whose server answers each command by what `replies_` has for it;
/// of several, each once, and the last of them from then on.
class mongo_answers_test : public testing::Test
{
protected:
    mongo_answers_test()
    {
        replies_["listIndexes"] = {
            batch(R"({"key": {"username": 1}, "unique": true, "name": "u"})")};
        replies_["insert"] = {R"({"ok": 1, "n": 1})"};
        store_ = open_store(server_.uri() + "?serverSelectionTimeoutMS=500");
        ann_ = new_user("ann", "$old");
        ann_.id = ann_id;
    }

    std::string reply_to(const std::string& command)
    {
        std::lock_guard<std::mutex> lock(mutex_);
        ++asked_[command];
        auto known = replies_.find(command);
        if (known == replies_.end()) {
            return R"({"ok": 0, "code": 59, "errmsg": "no such command"})";
        }
        std::string reply = known->second.front();
        if (known->second.size() > 1) {
            known->second.pop_front();
        }
        return reply;
    }

    void set(const std::string& command, std::list<std::string> replies)
    {
        std::lock_guard<std::mutex> lock(mutex_);
        replies_[command] = std::move(replies);
    }
    int asked(const std::string& command)
    {
        std::lock_guard<std::mutex> lock(mutex_);
        return asked_[command];
    }

    auth::admin_store& admin()
    {
        return dynamic_cast<auth::admin_store&>(*store_);
    }

    std::mutex mutex_;
    std::map<std::string, std::list<std::string>> replies_;
    std::map<std::string, int> asked_;
    mongo_stand_in server_{
        [this](const std::string& command, const std::string&) {
            return reply_to(command);
        }};
    std::unique_ptr<auth::user_store> store_;
    stored_user ann_;
};

/// What is done or not when its time is up.
constexpr const char* time_is_up =
    R"({"ok": 0, "code": 50, "errmsg": "operation exceeded time limit"})";

/// Replies which are none.
const char* const broken_replies[] = {
    "{}",
    R"({"ok": 1})",
    R"({"ok": "yes"})",
    R"({"ok": 1, "cursor": 17})",
    R"({"ok": 1, "cursor": {}})",
    R"({"ok": 1, "cursor": {"id": 0, "ns": "d", "firstBatch": 17}})",
    R"({"ok": 0})",
    R"({"ok": 0, "code": "x", "errmsg": 17})",
    R"({"ok": 0, "code": 2, "errmsg": "bad value hidden\nsecond line"})",
    R"({"ok": 0, "code": 26, "errmsg": "hidden"})",
    R"({"ok": 0, "code": -1, "errmsg": "hidden"})"};

} // namespace

TEST_F(mongo_answers_test, stand_in_is_good_enough)
{
    set("find", {batch(user("$old"))});
    stored_user found;
    EXPECT_TRUE(has(take(store_->find({"ann"}), found), code::done, ""));
    EXPECT_EQ(found.password.view(), "$old");
    EXPECT_TRUE(store_->insert(new_user("bob")).has_value());
    set("update", {R"({"ok": 1, "n": 1, "nModified": 1})"});
    EXPECT_TRUE(replace_password(*store_, ann_, "$new").done());
}

TEST_F(mongo_answers_test, broken_reply_finds_nobody)
{
    for (const char* reply : broken_replies) {
        set("find", {reply});
        stored_user found;
        EXPECT_TRUE(
            has(take(store_->find({"ann"}), found), code::unavailable, ""))
            << reply;
        EXPECT_TRUE(has(store_->is_taken("ann"), code::unavailable, ""))
            << reply;
        std::vector<auth::listed_user> users;
        EXPECT_TRUE(
            has(take(admin().look_up({"ann"}), users), code::unavailable, ""))
            << reply;
        EXPECT_TRUE(
            has(take(admin().list("", 9), users), code::unavailable, ""))
            << reply;
        EXPECT_TRUE(users.empty());
    }
}

TEST_F(mongo_answers_test, bytes_that_are_no_reply)
{
    for (const char* reply :
         {mongo_stand_in::closes, mongo_stand_in::garbage}) {
        set("find", {reply});
        stored_user found;
        EXPECT_TRUE(
            has(take(store_->find({"ann"}), found), code::unavailable, ""));
    }
}

TEST_F(mongo_answers_test, broken_reply_changes_nobody)
{
    for (const char* reply : broken_replies) {
        set("update", {reply});
        set("delete", {reply});
        set("find", {batch(user("$old"))});
        EXPECT_FALSE(replace_password(*store_, ann_, "$new").done()) << reply;
        auth::user_changes disable;
        disable.disabled = true;
        EXPECT_FALSE(admin().change_user(ann_id, disable).has_value()) << reply;
        EXPECT_FALSE(admin().remove_user(ann_id).has_value()) << reply;
    }
}

TEST_F(mongo_answers_test, documents_of_any_shape)
{
    stored_user found;
    for (const char* document : {
             "{}",
             R"({"_id": 17})",
             R"({"username": "ann"})",
             R"({"username": "ann", "password": "$1"})",
             R"({"_id": {"$oid": "0123456789abcdef01234567"},)"
             R"( "username": ["ann"], "password": "$1"})",
             R"({"_id": {"$oid": "0123456789abcdef01234567"},)"
             R"( "username": "ann", "password": {"a": "$1"}})",
             R"({"_id": {"$oid": "0123456789abcdef01234567"},)"
             R"( "username": "ann", "password": "$1", "disabled": {}})",
         }) {
        set("find", {batch(document)});
        store_answer answer = take(store_->find({"ann"}), found);
        EXPECT_TRUE(answer.status == code::unusable ||
                    answer.status == code::absent)
            << document;
    }
    // Somebody else's document, and the one that was asked for.
    set("find", {batch(R"({"_id": 1, "username": "bob", "password": "$1"}, )" +
                       user("$old"))});
    EXPECT_TRUE(take(store_->find({"ann"}), found).done());
    EXPECT_EQ(found.username, "ann");
    EXPECT_EQ(store_answer(store_->is_taken("bo")).status, code::absent);
}

TEST_F(mongo_answers_test, times_of_any_type)
{
    set("find",
        {batch(R"({"_id": 1, "username": "a", "created_at":)"
               R"( {"$date": "2026-01-02T03:04:05Z"}},)"
               R"({"_id": 2, "username": "b", "created_at": "last year"},)"
               R"({"_id": 3, "username": "c", "created_at": 17},)"
               R"({"_id": 4, "username": "d", "created_at":)"
               R"( {"$date": {"$numberLong": "9223372036854775807"}}},)"
               R"({"_id": 5, "username": "e"})")});
    std::vector<auth::listed_user> users;
    EXPECT_TRUE(take(admin().list("", 5), users).done());
    ASSERT_EQ(users.size(), 5U);
    EXPECT_EQ(users[0].created_at, "2026-01-02T03:04:05Z");
    EXPECT_EQ(users[1].created_at, "last year");
    EXPECT_EQ(users[2].created_at, "");
    EXPECT_LT(users[3].created_at.size(), 64U);
    EXPECT_EQ(users[4].created_at, "");
}

TEST_F(mongo_answers_test, cursor_that_ends_early)
{
    set("find",
        {batch(R"({"_id": 1, "username": "aaron"}, )" + user("$old"), "77")});
    set("killCursors", {R"({"ok": 1})"});
    for (const char* reply :
         {R"({"ok": 0, "code": 43, "errmsg": "cursor id 77 not found"})",
          R"({"ok": 1})", time_is_up}) {
        set("getMore", {reply});
        int seen = 0;
        EXPECT_TRUE(has(admin().for_each_user(
                            [&seen](const auth::listed_user&) { ++seen; }),
                        code::unavailable, ""));
        EXPECT_EQ(seen, 0);
        std::vector<std::string> passwords;
        EXPECT_TRUE(
            has(read_passwords(*store_, passwords), code::unavailable, ""));
    }
}

// Inserts

/// A write error about a duplicate key.
std::string duplicate(const std::string& more)
{
    return R"({"ok": 1, "n": 0, "writeErrors": [{"index": 0, "code": 11000, )" +
           more + "}]}";
}

TEST_F(mongo_answers_test, duplicate_is_read_by_its_index)
{
    set("listIndexes",
        {batch(
            R"({"key": {"username": 1}, "unique": true, "name": "u"},)"
            R"({"key": {"email": 1}, "unique": true, "name": "mail"},)"
            R"({"key": {"username": 1, "site": 1}, "unique": true,)"
            R"( "name": "us"},)"
            R"({"key": {"a": 1, "b": 1}, "unique": true, "name": "ab x"})")});
    set("find", {batch("")});
    const std::string sentence =
        R"("errmsg": "E11000 duplicate key error collection: d.users index: )";
    struct {
        std::string more;
        code expected;
        const char* says;
    } const cases[] = {
        {R"("errmsg": "hidden", "keyPattern": {"username": 1},)"
         R"( "keyValue": {"username": "hidden"})",
         code::taken, ""},
        {R"("errmsg": "hidden", "keyPattern": {"username": 1, "site": 1})",
         code::taken, ""},
        {R"("errmsg": "hidden", "keyPattern": {"email": 1})", code::unavailable,
         "index mail of collection users"},
        {R"("errmsg": "hidden", "keyPattern": {"phone": 1, "area": 1})",
         code::unavailable, "index phone, area of"},
        {sentence + R"(u dup key: { username: \"hidden\" }")", code::taken, ""},
        {sentence + R"(us dup key: { username: \"hidden\" }")", code::taken,
         ""},
        {sentence + R"(mail dup key: { email: \"hidden index: u dup key\" }")",
         code::unavailable, "index mail of"},
        {sentence + R"(ab x dup key: { a: null, b: null }")", code::unavailable,
         "index ab x of"},
        {R"("errmsg": "E11000 duplicate key error index: d.users.$mail dup key:)"
         R"( { : \"hidden\" }")",
         code::unavailable, "index mail of"},
        {R"("errmsg": "E11000 duplicate key error index: d.users.$u  dup key:)"
         R"( { : \"hidden\" }")",
         code::unavailable, "does not name"},
        {R"("errmsg": "hidden")", code::unavailable, "does not name"},
    };
    for (const auto& each : cases) {
        set("insert", {duplicate(each.more)});
        store_answer answer = store_->insert(ann_);
        EXPECT_TRUE(has(answer, each.expected, each.says)) << each.more;
    }
}

TEST_F(mongo_answers_test, duplicate_of_which_nothing_is_said_is_looked_for)
{
    set("insert", {duplicate(R"("errmsg": "hidden")")});
    set("find", {batch(user("$old"))});
    EXPECT_TRUE(has(store_->insert(ann_), code::taken, ""));
    set("find", {time_is_up});
    EXPECT_TRUE(has(store_->insert(ann_), code::unavailable, ""));
}

TEST_F(mongo_answers_test, insert_that_is_refused)
{
    set("find", {batch("")});
    for (const char* reply :
         {R"({"ok": 1, "n": 0, "writeErrors": [{"index": 0, "code": 121,)"
          R"( "errmsg": "hidden"}]})",
          R"({"ok": 1, "n": 0, "writeErrors": [{"index": 0, "code": 2,)"
          R"( "errmsg": "hidden"}]})",
          R"({"ok": 0, "code": 14031, "errmsg": "hidden"})",
          R"({"ok": 0, "code": 100, "errmsg": "hidden"})",
          R"({"ok": 0, "code": 13, "errmsg": "hidden"})",
          R"({"ok": 0, "errmsg": "hidden"})"}) {
        set("insert", {reply});
        EXPECT_TRUE(has(store_->insert(ann_), code::unavailable, "")) << reply;
    }
}

TEST_F(mongo_answers_test, insert_that_is_not_confirmed)
{
    for (const char* reply :
         {"{}", R"({"ok": 0})", R"({"ok": 1})", R"({"ok": 1, "n": 0})",
          R"({"ok": 1, "n": "one"})", R"({"ok": 1, "n": 2})"}) {
        set("insert", {reply});
        set("find", {batch("")});
        EXPECT_TRUE(has(store_->insert(ann_), code::unknown, "")) << reply;
        set("find", {batch(user("$old"))});
        EXPECT_TRUE(has(store_->insert(ann_), code::done, "")) << reply;
        set("find", {time_is_up});
        EXPECT_TRUE(has(store_->insert(ann_), code::unknown, "")) << reply;
    }
}

TEST_F(mongo_answers_test, insert_at_a_server_that_dies)
{
    set("insert", {mongo_stand_in::dies});
    EXPECT_TRUE(has(store_->insert(ann_), code::unknown, ""));
    EXPECT_TRUE(has(store_->insert(ann_), code::unavailable, ""));
}

TEST_F(mongo_answers_test, insert_that_is_lost_and_then_a_duplicate)
{
    set("insert",
        {time_is_up, R"({"ok": 1, "n": 0, "writeErrors":)"
                     R"( [{"index": 0, "code": 11000, "errmsg": "x"}]})"});
    set("find", {time_is_up});
    EXPECT_TRUE(has(store_->insert(ann_), code::unknown, ""));
}

// Updates, of which an attempt is lost

TEST_F(mongo_answers_test, lost_update_is_looked_for)
{
    struct {
        std::string found;
        code expected;
    } const cases[] = {
        {batch(user("$new")), code::done},
        {batch(user("$old")), code::unknown},
        {batch(user("$third")), code::changed},
        {batch(""), code::changed},
        {batch(R"({"_id": 1, "password": 17})"), code::changed},
        {time_is_up, code::unknown},
    };
    for (const auto& each : cases) {
        set("update", {time_is_up});
        set("find", {each.found});
        store_answer answer = replace_password(*store_, ann_, "$new");
        EXPECT_EQ(answer.status, each.expected) << each.found << answer.detail;
    }
}

TEST_F(mongo_answers_test, update_at_a_server_that_dies)
{
    set("update", {mongo_stand_in::dies});
    EXPECT_TRUE(
        has(replace_password(*store_, ann_, "$new"), code::unknown, ""));
}

TEST_F(mongo_answers_test, changes_of_which_nothing_is_known)
{
    auth::user_changes disable;
    disable.disabled = true;
    set("find", {batch(user("$old"))});
    for (const char* command : {"update", "delete"}) {
        set(command, {time_is_up});
    }
    EXPECT_TRUE(has(admin().change_user(ann_id, disable), code::unknown, ""));
    EXPECT_TRUE(has(admin().remove_user(ann_id), code::unknown, ""));
    for (const char* command : {"update", "delete"}) {
        set(command, {R"({"ok": 1, "n": 1, "writeConcernError":)"
                      R"( {"code": 64, "errmsg": "hidden"}})"});
    }
    EXPECT_TRUE(
        has(admin().change_user(ann_id, disable), code::unknown, "majority"));
    EXPECT_TRUE(has(admin().remove_user(ann_id), code::unknown, "majority"));
    for (const char* command : {"update", "delete"}) {
        set(command, {R"({"ok": 0, "code": 13, "errmsg": "hidden"})"});
    }
    EXPECT_TRUE(has(admin().change_user(ann_id, disable), code::unavailable,
                    "readWrite"));
    EXPECT_TRUE(
        has(admin().remove_user(ann_id), code::unavailable, "readWrite"));
    // Lost, and then there is nothing to remove: it was removed by the first.
    set("delete", {time_is_up, R"({"ok": 1, "n": 0})"});
    EXPECT_TRUE(admin().remove_user(ann_id).has_value());
    EXPECT_EQ(store_answer(admin().remove_user(ann_id)).status, code::absent);
}

// Indexes

TEST_F(mongo_answers_test, index_that_cannot_be_made)
{
    set("listIndexes", {R"({"ok": 0, "code": 26, "errmsg": "no collection"})"});
    for (int number : {85, 86}) {
        set("createIndexes", {R"({"ok": 0, "errmsg": "hidden", "code": )" +
                              std::to_string(number) + "}"});
        EXPECT_TRUE(has(store_->prepare(), code::unavailable, "drop it with"));
    }
    set("createIndexes", {time_is_up});
    EXPECT_TRUE(has(store_->insert(ann_), code::unavailable, "cannot be made"));
    EXPECT_EQ(asked("insert"), 0);
}

TEST_F(mongo_answers_test, indexes_of_any_shape_are_not_enough)
{
    for (const char* index :
         {"{}", R"({"key": 17})", R"({"key": {}, "unique": true})",
          R"({"key": {"username": "hashed"}, "unique": true})",
          R"({"key": {"username": -1}, "unique": true})"}) {
        set("listIndexes", {batch(index)});
        set("createIndexes", {R"({"ok": 0, "code": 13, "errmsg": "x"})"});
        EXPECT_TRUE(has(store_->prepare(), code::unavailable, "cannot be made"))
            << index;
    }
    set("listIndexes", {time_is_up});
    EXPECT_TRUE(has(store_->prepare(), code::unavailable, ""));
}

TEST_F(mongo_answers_test, wrong_password_is_not_tried_again_at_once)
{
    set("find", {R"({"ok": 0, "code": 18, "errmsg": "hidden"})"});
    stored_user found;
    EXPECT_TRUE(has(take(store_->find({"ann"}), found), code::unavailable,
                    "check the user name and password"));
    EXPECT_TRUE(has(store_->insert(ann_), code::unavailable,
                    "check the user name and password"));
    EXPECT_EQ(asked("find"), 1);
    EXPECT_EQ(asked("insert"), 0);
}
