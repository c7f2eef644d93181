// How long one operation may keep a MongoDB busy, with all that it asks. These
// tests need no MongoDB.

#include "mongo_stand_in.h"
#include "session_test_store.h"
#include "test_store.h"

#include <chrono>
#include <map>
#include <mutex>
#include <thread>

using namespace auth_test;
using namespace std::chrono_literals;
using code = auth::store_answer::code;

namespace {

constexpr const char* is_shutting_down =
    R"({"ok": 0, "code": 91, "errmsg": "the server is shutting down"})";

/// Stores whose server answers a command after `delays_`. One operation has ten
/// and a half seconds.
class store_time_test : public testing::Test
{
protected:
    auth::opened_store open(const std::string& limits = "socketTimeoutMS=10000")
    {
        return auth::open_store(
            auth::parse_store_uri(server_.uri() + "?" + limits).value(), {},
            {});
    }

    std::string reply_to(const std::string& command, const std::string& body)
    {
        std::unique_lock<std::mutex> lock(mutex_);
        const auto delay = delays_[command];
        lock.unlock();
        std::this_thread::sleep_for(delay);
        lock.lock();
        ++asked_[command];
        last_[command] = body;
        return replies_[command];
    }

    int asked()
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        int all = 0;
        for (const auto& each : asked_) {
            all += each.second;
        }
        return all;
    }
    int asked(const std::string& command)
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        return asked_[command];
    }

    /// For how long the last insert lets the server wait for a majority.
    int confirmation_ms()
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        const std::string& body = last_["insert"];
        const auto at = body.find_first_of("0123456789", body.find("wtimeout"));
        return at == body.npos ? 0 : std::stoi(body.substr(at));
    }

    auth::stored_session some_session()
    {
        return new_session(*stores_.sessions, 1);
    }

    static constexpr auto all = 10500ms;

    std::map<std::string, std::chrono::milliseconds> delays_;
    std::mutex mutex_;
    std::map<std::string, int> asked_;
    std::map<std::string, std::string> last_; ///< body, by command
    std::map<std::string, std::string> replies_{
        {"find", R"({"ok": 1, "cursor": {"id": {"$numberLong": "0"},)"
                 R"( "ns": "d.c", "firstBatch": []}})"},
        {"listIndexes", R"({"ok": 1, "cursor": {"id": {"$numberLong": "0"},)"
                        R"( "ns": "d.c", "firstBatch": []}})"},
        {"createIndexes", R"({"ok": 1})"},
        {"insert", R"({"ok": 1, "n": 1})"},
        {"update", R"({"ok": 1, "n": 1})"},
        {"delete", R"({"ok": 1, "n": 1})"}};
    mongo_stand_in server_{
        [this](const std::string& command, const std::string& body) {
            return reply_to(command, body);
        }};
    auth::opened_store stores_ = open();
    auth::store_time time_;
};

} // namespace

TEST_F(store_time_test, nothing_is_begun_when_all_is_spent)
{
    time_.add(all);
    const auto users = stores_.users->within(time_);
    const auto sessions = stores_.sessions->within(time_);
    auth::stored_user ann = new_user("ann");
    ann.id = auth::new_user_id();
    constexpr const char* why = "taken too long";
    EXPECT_TRUE(has(answer_to(users->find({"ann"})), code::unavailable, why));
    EXPECT_TRUE(
        has(answer_to(users->find_by_id(ann.id)), code::unavailable, why));
    EXPECT_TRUE(has(answer_to(users->is_taken("ann")), code::unavailable, why));
    EXPECT_TRUE(has(users->insert(ann), code::unavailable, why));
    EXPECT_TRUE(
        has(users->replace_password(ann, "$new", 1), code::unavailable, why));
    EXPECT_TRUE(has(users->raise_epoch(ann), code::unavailable, why));
    EXPECT_TRUE(has(sessions->prepare(), code::unavailable, why));
    EXPECT_TRUE(has(sessions->insert(some_session()), code::unavailable, why));
    EXPECT_TRUE(
        has(answer_to(sessions->find(digest_of(1))), code::unavailable, why));
    EXPECT_TRUE(has(answer_to(sessions->present({digest_of(1)})),
                    code::unavailable, why));
    EXPECT_TRUE(has(sessions->remove(digest_of(1)), code::unavailable, why));
    EXPECT_TRUE(
        has(answer_to(sessions->trim("ann", "r", 1)), code::unavailable, why));
    EXPECT_TRUE(
        has(answer_to(sessions->list("ann", "r")), code::unavailable, why));
    EXPECT_EQ(asked(), 0);
    // Others have their own time.
    EXPECT_EQ(find(*stores_.users), code::absent);
    EXPECT_TRUE(stores_.sessions->insert(some_session()).has_value());
    auth::store_time other;
    EXPECT_EQ(find(*stores_.users->within(other)), code::absent);
}

TEST_F(store_time_test, all_calls_of_an_operation_count)
{
    constexpr auto delay = 20ms;
    delays_ = {{"find", delay}, {"insert", delay}};
    EXPECT_EQ(find(*stores_.users->within(time_)), code::absent);
    const auto spent = time_.spent();
    EXPECT_GE(spent, delay);
    EXPECT_TRUE(
        stores_.sessions->within(time_)->insert(some_session()).has_value());
    EXPECT_GE(time_.spent() - spent, delay * asked("insert"));
    const auto before = time_.spent();
    EXPECT_EQ(find(*stores_.users), code::absent);
    EXPECT_EQ(time_.spent(), before);
}

TEST_F(store_time_test, no_second_attempt_is_begun_when_all_is_spent)
{
    replies_["insert"] = is_shutting_down;
    EXPECT_FALSE(stores_.sessions->insert(some_session()).has_value());
    EXPECT_EQ(asked("insert"), 2);
    const int finds = asked("find");
    delays_["insert"] = 450ms;
    time_.add(all - 400ms);
    // It may be there, and there is no time to ask.
    EXPECT_TRUE(has(stores_.sessions->within(time_)->insert(some_session()),
                    code::unknown, "91"));
    EXPECT_EQ(asked("insert"), 3);
    EXPECT_EQ(asked("find"), finds);
}

TEST_F(store_time_test, search_for_a_primary_is_cut)
{
    const auto stores = open("serverSelectionTimeoutMS=60000");
    EXPECT_EQ(find(*stores.users), code::absent);
    replies_["find"] = mongo_stand_in::dies;
    time_.add(60300ms);
    const double took = seconds([&] {
        EXPECT_EQ(find(*stores.users->within(time_)), code::unavailable);
        EXPECT_EQ(find(*stores.users->within(time_)), code::unavailable);
    });
    EXPECT_LT(took, soon);
}

TEST_F(store_time_test, search_that_was_cut_does_not_tell_others)
{
    const auto stores = open("serverSelectionTimeoutMS=1000");
    EXPECT_EQ(find(*stores.users), code::absent);
    replies_["find"] = mongo_stand_in::dies;
    time_.add(2400ms);
    EXPECT_EQ(find(*stores.users->within(time_)), code::unavailable);
    EXPECT_GE(
        seconds([&] { EXPECT_EQ(find(*stores.users), code::unavailable); }),
        0.8);
}

TEST_F(store_time_test, majority_has_no_longer_than_the_operation)
{
    EXPECT_TRUE(stores_.sessions->insert(some_session()).has_value());
    EXPECT_EQ(confirmation_ms(), 5000);
    EXPECT_TRUE(
        stores_.sessions->within(time_)->insert(some_session()).has_value());
    EXPECT_EQ(confirmation_ms(), 5000);
    time_.add(all - 4000ms);
    EXPECT_TRUE(
        stores_.sessions->within(time_)->insert(some_session()).has_value());
    EXPECT_GT(confirmation_ms(), 0);
    EXPECT_LT(confirmation_ms(), 4000);
}

TEST_F(store_time_test, sessions_end_after_the_write_that_ends_them)
{
    auth::stored_user ann = new_user("ann");
    ann.id = auth::new_user_id();
    delays_["update"] = 1100ms;
    time_.add(all - 1000ms);
    const auto users = stores_.users->within(time_);
    EXPECT_TRUE(has(users->raise_epoch(ann), code::done, ""));
    EXPECT_EQ(asked("delete"), 1);
    EXPECT_EQ(asked("insert"), 1); // the revocation
    EXPECT_EQ(find(*users), code::unavailable);
}
