// A primary that has lost its secondaries: it takes writes, which no majority
// confirms and which are undone when it finds the others again.

#include "mongo_stand_in.h"
#include "mongo_test_server.h"
#include "test_store.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

using namespace auth_test;
using auth::store_answer;
using auth::stored_user;
using code = auth::store_answer::code;
using std::chrono::milliseconds;

namespace {

constexpr const char* ann_id = "0123456789abcdef01234567";
constexpr int socket_limit_ms = 1000;

std::string batch(const std::string& documents)
{
    return R"({"ok": 1, "cursor": {"id": {"$numberLong": "0"},)"
           R"( "ns": "d.users", "firstBatch": [)" +
           documents + "]}}";
}

std::string ann(const std::string& password)
{
    return std::string(R"({"_id": {"$oid": ")") + ann_id +
           R"("}, "username": "ann", "password": ")" + password + R"("})";
}

class mongo_majority_test : public testing::Test
{
protected:
    mongo_majority_test()
    {
        store_ =
            open_store(server_.uri() + "?serverSelectionTimeoutMS=500&" +
                       "socketTimeoutMS=" + std::to_string(socket_limit_ms));
        ann_ = new_user("ann", "$old");
        ann_.id = ann_id;
    }

    std::unique_ptr<auth::user_store> open(const std::string& options)
    {
        return open_store(server_.uri() + "?serverSelectionTimeoutMS=10000&" +
                          options);
    }

    /// What a write must say that no majority has confirmed; on a machine that
    /// is too busy it may never have been sent.
    code unconfirmed(int writes_before)
    {
        std::lock_guard<std::mutex> lock(mutex_);
        return writes_ == writes_before ? code::unavailable : code::unknown;
    }

    std::string reply_to(const std::string& command, const std::string& body)
    {
        std::unique_lock<std::mutex> lock(mutex_);
        if (command == "listIndexes") {
            return batch(
                R"({"key": {"username": 1}, "unique": true, "name": "u"})");
        }
        const bool writes = command == "insert" || command == "update";
        if (writes && !write_refusal_.empty()) {
            return without_write_concern(body);
        }
        if (writes) {
            const milliseconds time = write(body);
            lock.unlock();
            std::this_thread::sleep_for(time);
            return R"({"ok": 1, "n": 1, "nModified": 1, "writeConcernError":)"
                   R"( {"code": 64, "errmsg": "waiting timed out"}})";
        }
        return command == "find" ? find(body)
                                 : R"({"ok": 0, "code": 59, "errmsg": "no"})";
    }

    /// Done here at once. When it is answered: when its time is up, or later.
    milliseconds write(const std::string& body)
    {
        const std::size_t limit = body.find(R"("wtimeout" : )");
        EXPECT_NE(body.find(R"("w" : "majority")"), std::string::npos) << body;
        EXPECT_NE(limit, std::string::npos) << body;
        wtimeout_ms_ = std::atoi(body.c_str() + limit + 13);
        ++writes_;
        here_ = ann("$new");
        return milliseconds(answers_after_ms_ > 0 ? answers_after_ms_
                                                  : wtimeout_ms_ + delay_ms_);
    }

    std::string without_write_concern(const std::string& body)
    {
        if (body.find("writeConcern") != std::string::npos) {
            ++refused_writes_;
            return write_refusal_;
        }
        ++writes_;
        return R"({"ok": 1, "n": 1, "nModified": 1})";
    }

    std::string find(const std::string& body)
    {
        const bool by_majority =
            body.find(R"("readConcern" : { "level" : "majority" })") !=
            std::string::npos;
        ++(by_majority ? majority_reads_ : local_reads_);
        if (by_majority && !refusal_.empty()) {
            return refusal_;
        }
        return batch(by_majority ? everywhere_ : here_);
    }

    std::mutex mutex_;
    std::string here_;          ///< what this server has
    std::string everywhere_;    ///< what a majority has
    std::string refusal_;       ///< what it says to readConcern majority
    std::string write_refusal_; ///< what it says to a write concern
    int refused_writes_ = 0;
    int delay_ms_ = 0;
    int answers_after_ms_ = 0;
    int wtimeout_ms_ = 0;
    int writes_ = 0;
    int majority_reads_ = 0;
    int local_reads_ = 0;
    mongo_stand_in server_{
        [this](const std::string& command, const std::string& body) {
            return reply_to(command, body);
        }};
    std::unique_ptr<auth::user_store> store_;
    stored_user ann_;
};

} // namespace

TEST_F(mongo_majority_test, registration_is_not_acknowledged)
{
    for (const int delay : {0, 20, 50}) {
        delay_ms_ = delay;
        const int before = writes_;
        const store_answer answer = store_->insert(ann_);
        EXPECT_EQ(answer.status, unconfirmed(before)) << answer.detail;
        EXPECT_LE(wtimeout_ms_, socket_limit_ms / 2);
    }
    EXPECT_EQ(local_reads_, 0);
}

TEST_F(mongo_majority_test, registration_whose_answer_comes_too_late)
{
    for (const int delay : {0, 20, 50}) {
        for (const int side : {-50, 0}) {
            answers_after_ms_ = socket_limit_ms + side + delay;
            const int before = writes_;
            const store_answer answer = store_->insert(ann_);
            EXPECT_EQ(answer.status, unconfirmed(before)) << answer.detail;
        }
    }
    EXPECT_EQ(local_reads_, 0);
}

TEST_F(mongo_majority_test, password_change_is_not_acknowledged)
{
    everywhere_ = ann("$old");
    for (const int delay : {0, 20, 50}) {
        delay_ms_ = delay;
        for (const int answers_after : {0, socket_limit_ms - 25 + delay}) {
            here_ = ann("$old");
            answers_after_ms_ = answers_after;
            const int before = writes_;
            const store_answer answer = change_password(*store_, ann_, "$new");
            EXPECT_EQ(answer.status, unconfirmed(before)) << answer.detail;
        }
    }
    EXPECT_EQ(local_reads_, 0);
}

// From here on the server answers at once.

TEST_F(mongo_majority_test, what_a_majority_has_is_acknowledged)
{
    answers_after_ms_ = 1;
    everywhere_ = ann("$new");
    auto store = open("socketTimeoutMS=20000");
    EXPECT_TRUE(has(store->insert(ann_), code::done, ""));
    EXPECT_TRUE(has(replace_password(*store, ann_, "$new"), code::done, ""));
    EXPECT_EQ(majority_reads_, 2);
    EXPECT_EQ(writes_, 2); // none is sent twice
}

TEST_F(mongo_majority_test, servers_without_majority_reads_are_served)
{
    answers_after_ms_ = 1;
    for (const char* refusal :
         {R"({"ok": 0, "code": 238, "errmsg": "hidden"})",
          R"({"ok": 0, "code": 72, "errmsg": "hidden"})",
          R"({"ok": 0, "code": 9, "errmsg": "hidden"})",
          R"({"ok": 0, "code": 40415, "errmsg": "hidden"})",
          R"({"ok": 0, "code": 2, "errmsg": "Unsupported option hidden"})",
          R"({"ok": 0, "errmsg": "readConcern hidden"})"}) {
        refusal_ = refusal;
        majority_reads_ = 0;
        auto store = open("socketTimeoutMS=20000");
        EXPECT_TRUE(has(store->insert(ann_), code::done, "readConcern"))
            << refusal;
        EXPECT_EQ(store_answer(store->insert(ann_)).detail, "")
            << "it is said once";
        EXPECT_EQ(majority_reads_, 1);
    }
}

TEST_F(mongo_majority_test, servers_without_write_concern_are_served)
{
    for (const char* refusal :
         {R"({"ok": 0, "code": 238, "errmsg": "no \"writeConcern\" yet"})",
          R"({"ok": 0, "code": 40415, "errmsg": "field insert.writeConcern"})",
          R"({"ok": 0, "code": 72, "errmsg": "write concern: invalid"})",
          R"({"ok": 0, "code": 2, "errmsg": "unsupported writeConcern"})"}) {
        write_refusal_ = refusal;
        refused_writes_ = writes_ = 0;
        auto store = open("socketTimeoutMS=20000");
        EXPECT_TRUE(has(store->insert(ann_), code::done, "no write concern"))
            << refusal;
        EXPECT_EQ(store_answer(store->insert(ann_)).detail, "")
            << "it is said once";
        EXPECT_EQ(replace_password(*store, ann_, "$new").status, code::done);
        EXPECT_EQ(refused_writes_, 1);
        EXPECT_EQ(writes_, 3);
    }
}

TEST_F(mongo_majority_test, other_refusals_of_a_write_concern_stay)
{
    for (const char* refusal :
         {R"({"ok": 0, "code": 79, "errmsg": "no such write concern mode"})",
          R"({"ok": 0, "code": 13, "errmsg": "write concern unsupported"})",
          R"({"ok": 0, "code": 238, "errmsg": "not this either"})"}) {
        write_refusal_ = refusal;
        refused_writes_ = 0;
        auto store = open("socketTimeoutMS=20000");
        EXPECT_EQ(store_answer(store->insert(ann_)).status, code::unavailable)
            << refusal;
        EXPECT_EQ(refused_writes_, 1);
    }
    EXPECT_EQ(writes_, 0);
}

TEST_F(mongo_majority_test, majority_reads_that_are_off_settle_nothing)
{
    answers_after_ms_ = 1;
    auto store = open("socketTimeoutMS=20000");
    for (const char* number : {"134", "148", "13"}) {
        refusal_ = std::string(R"({"ok": 0, "errmsg": "Read concern majority)"
                               R"( is not supported", "code": )") +
                   number + "}";
        EXPECT_EQ(store_answer(store->insert(ann_)).status, code::unknown)
            << number;
        EXPECT_EQ(replace_password(*store, ann_, "$new").status, code::unknown);
    }
    EXPECT_EQ(local_reads_, 0);
}

TEST_F(mongo_majority_test, longer_wtimeout_is_cut_and_shorter_kept)
{
    answers_after_ms_ = 1;
    for (const auto& [option, most] :
         {std::pair<const char*, int>{"wtimeoutMS=50000", 10000},
          {"wtimeoutMS=30", 30}}) {
        auto store = open(std::string("socketTimeoutMS=20000&") + option);
        EXPECT_EQ(store_answer(store->insert(ann_)).status, code::unknown);
        EXPECT_EQ(wtimeout_ms_, most);
    }
}
