// How long one operation may keep a MongoDB busy, with all that it asks. These
// tests need no MongoDB.

#include "store_time_fixture.h"

#include "store/mongo_session_store.h"
#include "store/mongo_user_store.h"

#include <memory>

using namespace auth_test;
using namespace std::chrono_literals;
using auth::store_answer;
using code = auth::store_answer::code;

namespace {

constexpr const char* is_shutting_down =
    R"({"ok": 0, "code": 91, "errmsg": "the server is shutting down"})";

class store_time_test : public store_time_fixture
{
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

TEST_F(store_time_test, operation_has_half_a_second_more_than_the_longest_wait)
{
    for (const char* limit :
         {"serverSelectionTimeoutMS=60000", "connectTimeoutMS=60000",
          "socketTimeoutMS=60000"}) {
        const auto stores = open(limit);
        auth::store_time time;
        time.add(30000ms);
        EXPECT_EQ(find(*stores.users->within(time)), code::absent) << limit;
        time.add(30500ms);
        EXPECT_EQ(find(*stores.users->within(time)), code::unavailable)
            << limit;
    }
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

TEST_F(store_time_test, nothing_is_sent_when_the_search_has_taken_all)
{
    // The search is one wait, which is longer than what is left.
    server_.greet_after(60ms);
    time_.add(all - 30ms);
    const store_answer answer(
        stores_.sessions->within(time_)->insert(some_session()));
    EXPECT_EQ(answer.status, code::unavailable) << answer.detail;
    EXPECT_EQ(asked(), 0);
    if (answer.detail.find("No suitable servers") != std::string::npos) {
        GTEST_SKIP() << "on this slow machine the search has ended in vain";
    }
    EXPECT_TRUE(has(answer, code::unavailable, "taken too long"));
    EXPECT_EQ(find(*stores_.users), code::absent);
}

TEST(mongo_within_test, operation_does_not_own_the_connections)
{
    const auto client = std::make_shared<auth::mongo_client>(
        auth::parse_mongo_uri("mongodb://127.0.0.1/d").value());
    const auto sessions = std::make_shared<auth::mongo_session_store>(
        client, "users", auth::session_key_ids{});
    auth::mongo_user_store users(client, {}, sessions);
    const auto owners_of_client = client.use_count();
    const auto owners_of_sessions = sessions.use_count();
    auth::store_time time;
    const auto users_within = users.within(time);
    const auto sessions_within = sessions->within(time);
    EXPECT_EQ(client.use_count(), owners_of_client);
    EXPECT_EQ(sessions.use_count(), owners_of_sessions);
}
