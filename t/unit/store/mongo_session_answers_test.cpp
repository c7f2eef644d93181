// Sessions on servers that lack something, have another time, or lose answers.
// These tests need no MongoDB.

#include "mongo_stand_in.h"
#include "session_test_store.h"

#include "base/machine_time.h"

#include <bson/bson.h>
#include <map>
#include <mutex>
#include <utility>

using namespace auth_test;
using code = auth::store_answer::code;

namespace {

constexpr std::int64_t hour_ms = 3600000;

std::string batch(const std::string& documents)
{
    return R"({"ok": 1, "cursor": {"id": {"$numberLong": "0"}, "ns": "d.c",)"
           R"( "firstBatch": [)" +
           documents + "]}}";
}

/// The first date in a command, in milliseconds.
std::int64_t first_date_in(const std::string& json)
{
    bson_error_t error{};
    bson_t document;
    EXPECT_TRUE(bson_init_from_json(&document, json.c_str(), -1, &error));
    bson_iter_t start;
    bson_iter_t field;
    std::int64_t date = -1;
    if (bson_iter_init(&start, &document) &&
        bson_iter_find_descendant(&start, "filter.at.$gte", &field) &&
        BSON_ITER_HOLDS_DATE_TIME(&field)) {
        date = bson_iter_date_time(&field);
    }
    bson_destroy(&document);
    return date;
}

/// A store whose server is an hour ahead and answers each command by what
/// `replies_` has for it.
class mongo_session_answers_test : public testing::Test
{
protected:
    mongo_session_answers_test()
    {
        auto opened = auth::open_store(
            auth::parse_store_uri(server_.uri() +
                                  "?serverSelectionTimeoutMS=500")
                .value());
        store_ = std::move(opened.sessions);
        users_ = std::move(opened.users);
    }

    std::string reply_to(const std::string& command, const std::string& body)
    {
        std::lock_guard<std::mutex> lock(mutex_);
        ++asked_[command];
        last_[command] = body;
        if (command == "createIndexes" && !has_ttl_ &&
            body.find("expireAfterSeconds") != body.npos) {
            return R"({"ok": 0, "code": 67, "errmsg": "no such option"})";
        }
        const auto known = replies_.find(command);
        return known == replies_.end()
                   ? R"({"ok": 0, "code": 59, "errmsg": "no such command"})"
                   : known->second;
    }

    int asked(const std::string& command)
    {
        std::lock_guard<std::mutex> lock(mutex_);
        return asked_[command];
    }
    /// From when on poll() asks for revocations.
    std::int64_t polled_since(std::int64_t within)
    {
        EXPECT_TRUE(store_->poll(within).has_value());
        std::lock_guard<std::mutex> lock(mutex_);
        return first_date_in(last_["find"]);
    }
    void set(const std::string& command, const std::string& reply)
    {
        std::lock_guard<std::mutex> lock(mutex_);
        replies_[command] = reply;
    }

    std::mutex mutex_;
    bool has_ttl_ = true;
    std::map<std::string, int> asked_;
    std::map<std::string, std::string> last_; ///< body, by command
    std::map<std::string, std::string> replies_{
        {"listIndexes", batch("")},
        {"createIndexes", R"({"ok": 1})"},
        {"insert", R"({"ok": 1, "n": 1})"},
        {"delete", R"({"ok": 1, "n": 1})"},
        {"find", batch("")}};
    mongo_stand_in server_{
        [this](const std::string& command, const std::string& body) {
            return reply_to(command, body);
        },
        hour_ms};
    std::shared_ptr<auth::session_store> store_;
    std::shared_ptr<auth::user_store> users_;
};

void expect_near(std::int64_t time, std::int64_t expected)
{
    EXPECT_NEAR(static_cast<double>(time), static_cast<double>(expected), 2000);
}

} // namespace

TEST_F(mongo_session_answers_test, clock_is_the_servers)
{
    expect_near(store_->now(), auth::machine_milliseconds());
    EXPECT_EQ(store_->ahead_ms(), 0);
    EXPECT_TRUE(store_->poll(0).has_value());
    expect_near(store_->now(), auth::machine_milliseconds() + hour_ms);
    expect_near(store_->ahead_ms(), hour_ms);
    server_.set_clock(-hour_ms);
    EXPECT_TRUE(store_->poll(0).has_value());
    expect_near(store_->now(), auth::machine_milliseconds() - hour_ms);
    expect_near(store_->ahead_ms(), -hour_ms);
}

TEST_F(mongo_session_answers_test, server_with_another_clock_is_asked_for_all)
{
    constexpr std::int64_t within = 11000;
    // The first time nothing is known of the clock.
    EXPECT_EQ(polled_since(within), 0);
    expect_near(polled_since(within),
                auth::machine_milliseconds() + hour_ms - within);
    for (const std::int64_t ahead : {std::int64_t{0}, 2 * hour_ms}) {
        server_.set_clock(ahead);
        EXPECT_EQ(polled_since(within), 0) << ahead;
        expect_near(polled_since(within),
                    auth::machine_milliseconds() + ahead - within);
    }
}

TEST_F(mongo_session_answers_test, all_is_asked_for_until_it_is_read)
{
    constexpr std::int64_t within = 11000;
    EXPECT_EQ(polled_since(within), 0);
    EXPECT_GT(polled_since(within), 0);
    server_.set_clock(0);
    set("find", R"({"ok": 0, "code": 13, "errmsg": "not now"})");
    EXPECT_FALSE(store_->poll(within).has_value());
    set("find", batch(""));
    EXPECT_EQ(polled_since(within), 0);
    EXPECT_GT(polled_since(within), 0);
}

TEST_F(mongo_session_answers_test, who_ends_a_session_asks_for_the_time)
{
    EXPECT_TRUE(has(store_->remove(digest_of(1)), code::done, ""));
    expect_near(store_->now(), auth::machine_milliseconds() + hour_ms);
}

TEST_F(mongo_session_answers_test, who_looks_for_a_session_asks_for_the_time)
{
    EXPECT_EQ(answer_to(store_->find(digest_of(1))).status, code::absent);
    expect_near(store_->now(), auth::machine_milliseconds() + hour_ms);
}

TEST_F(mongo_session_answers_test, who_makes_ready_asks_for_the_time)
{
    EXPECT_TRUE(has(store_->prepare(), code::done, ""));
    expect_near(store_->now(), auth::machine_milliseconds() + hour_ms);
}

TEST_F(mongo_session_answers_test, server_without_hello_is_asked_as_of_old)
{
    server_.forget_hello();
    EXPECT_TRUE(store_->poll(0).has_value());
    expect_near(store_->now(), auth::machine_milliseconds() + hour_ms);
}

TEST_F(mongo_session_answers_test, server_without_a_clock_has_this_machines)
{
    server_.forget_time();
    EXPECT_TRUE(store_->poll(0).has_value());
    expect_near(store_->now(), auth::machine_milliseconds());
}

TEST_F(mongo_session_answers_test, server_without_ttl_gets_a_note_once)
{
    has_ttl_ = false;
    EXPECT_TRUE(has(store_->insert(new_session(*store_, 1)), code::done,
                    "no TTL index"));
    EXPECT_TRUE(has(store_->insert(new_session(*store_, 2)), code::done, ""));
    // Both TTL indexes are tried, and then made without.
    EXPECT_EQ(asked("createIndexes"), 5);
}

TEST_F(mongo_session_answers_test, index_that_may_not_be_made_is_told)
{
    set("createIndexes", R"({"ok": 0, "code": 13, "errmsg": "x"})");
    EXPECT_TRUE(has(store_->insert(new_session(*store_, 1)), code::unavailable,
                    "not allowed to create indexes in collection ngx_auth_"));
    EXPECT_EQ(asked("insert"), 0);
}

TEST_F(mongo_session_answers_test, insert_that_no_majority_confirms)
{
    set("insert", R"({"ok": 1, "n": 1, "writeConcernError":)"
                  R"( {"code": 64, "errmsg": "x"}})");
    EXPECT_EQ(store_answer(store_->insert(new_session(*store_, 1))).status,
              code::unknown);
    EXPECT_EQ(asked("find"), 1); // settled by reading once
}

TEST_F(mongo_session_answers_test, revocation_that_is_not_known_to_be_there)
{
    set("insert", R"({"ok": 0, "code": 13, "errmsg": "x"})");
    EXPECT_EQ(store_answer(store_->remove(digest_of(1))).status, code::unknown);
    EXPECT_EQ(asked("delete"), 1);
    set("delete", R"({"ok": 0, "code": 13, "errmsg": "x"})");
    EXPECT_EQ(store_answer(store_->remove(digest_of(1))).status,
              code::unavailable);
}

TEST_F(mongo_session_answers_test, other_session_is_not_taken_for_this_one)
{
    set("find", batch(R"({"_id": 7})"));
    EXPECT_EQ(answer_to(store_->find(digest_of(1))).status, code::unusable);
}

// A majority confirms the raised epoch too late, and is asked what it has.

namespace {

class mongo_epoch_answer_test : public mongo_session_answers_test
{
protected:
    mongo_epoch_answer_test()
    {
        ann_.id = "0123456789abcdef01234567";
        ann_.epoch = 4;
        set("update", R"({"ok": 1, "n": 1, "nModified": 1,)"
                      R"( "writeConcernError": {"code": 64, "errmsg": "x"}})");
    }

    /// `epoch` in JSON.
    void majority_has(const std::string& password, const std::string& epoch)
    {
        set("find", batch(R"({"_id": {"$oid": ")" + ann_.id +
                          R"("}, "username": "ann", "password": ")" + password +
                          R"(", "ngx_auth": {"epoch": )" + epoch + "}}"));
    }
    store_answer raised() { return store_answer(users_->raise_epoch(ann_)); }
    /// How often sessions were deleted, since the last time.
    int endings()
    {
        const int before = std::exchange(endings_, asked("delete"));
        return endings_ - before;
    }

    auth::stored_user ann_ = new_user("ann", "$hash");
    int endings_ = 0;
};

} // namespace

TEST_F(mongo_epoch_answer_test, tells_what_a_majority_has)
{
    struct row {
        const char* password;
        const char* epoch;
        code raised;
        int endings;
    };
    for (const row& each : std::vector<row>{
             {"$hash", "5", code::done, 1},
             {"$hash", "6", code::done, 1}, // somebody was here afterwards
             {"$hash", R"("x")", code::done, 1},
             {"$hash", "4", code::unknown, 0},
             {"$hash", "3", code::unknown, 0}, // the majority lags behind
             {"$other", "4", code::unknown, 0},
             {"$other", "3", code::unknown, 0},
             {"$other", "5", code::changed, 1}}) {
        majority_has(each.password, each.epoch);
        EXPECT_EQ(raised().status, each.raised)
            << each.password << " " << each.epoch;
        EXPECT_EQ(endings(), each.endings)
            << each.password << " " << each.epoch;
    }
}

TEST_F(mongo_epoch_answer_test, revokes_the_sessions_and_writes_no_line)
{
    majority_has("$hash", "5");
    EXPECT_TRUE(has(raised(), code::done, ""));
    EXPECT_EQ(asked("update"), 1);
    std::lock_guard<std::mutex> lock(mutex_);
    EXPECT_NE(last_["insert"].find("ngx_auth_revocations"), std::string::npos);
}

TEST_F(mongo_epoch_answer_test, is_unknown_where_no_majority_can_be_asked)
{
    set("find", R"({"ok": 0, "code": 134, "errmsg": "no majority reads"})");
    EXPECT_TRUE(has(raised(), code::unknown, "majority"));
    EXPECT_EQ(endings(), 0);
}

TEST_F(mongo_epoch_answer_test, user_may_be_gone)
{
    set("find", batch(""));
    EXPECT_EQ(raised().status, code::changed);
    EXPECT_EQ(endings(), 0);
}

TEST_F(mongo_epoch_answer_test, new_password_is_told_from_that_of_others)
{
    struct row {
        const char* password;
        const char* epoch;
        code replaced;
    };
    for (const row& each : std::vector<row>{
             {"$new", "5", code::done},
             {"$new", "6", code::done},
             {"$new", "4", code::changed}, // another hash, by somebody else
             {"$hash", "4", code::unknown},
             {"$hash", "3", code::unknown},
             {"$other", "3", code::unknown},
             {"$hash", "5", code::changed},
             {"$other", "4", code::changed}}) {
        majority_has(each.password, each.epoch);
        EXPECT_EQ(
            store_answer(users_->replace_password(ann_, "$new", 5)).status,
            each.replaced)
            << each.password << " " << each.epoch;
        EXPECT_EQ(endings(), each.replaced == code::done ? 1 : 0);
    }
}
