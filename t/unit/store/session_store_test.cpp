// Sessions, whatever is behind the store.

#include "session_test_store.h"

#include "base/machine_time.h"
#include "store/clock_jumps.h"

#include <algorithm>
#include <atomic>
#include <gtest/gtest.h>
#include <thread>

using namespace auth_test;
using auth::revocation;
using auth::sha256_digest;
using auth::stored_session;
using code = auth::store_answer::code;

namespace {

constexpr const char* sessions_table = "ngx_auth_sessions";
constexpr const char* revocations_table = "ngx_auth_revocations";

class session_store_test : public testing::TestWithParam<const char*>
{
protected:
    void SetUp() override
    {
        place_ = make_session_test_store(GetParam());
        store_ = place_->open().sessions;
        ASSERT_TRUE(store_);
    }

    void insert(const stored_session& session)
    {
        EXPECT_TRUE(has(store_->insert(session), code::done, ""));
    }
    /// Those with these numbers (new_session).
    void insert_all(const std::vector<int>& numbers)
    {
        for (const int n : numbers) {
            insert(new_session(*store_, n));
        }
    }
    code find(int n) { return answer_to(store_->find(digest_of(n))).status; }
    /// The numbers of the sessions in the list.
    std::vector<int> list(const std::string& user = "ann",
                          const std::optional<std::string>& realm = "r")
    {
        std::vector<int> numbers;
        const auto found = store_->list(user, realm);
        EXPECT_TRUE(found);
        for (const stored_session& each : found.value()) {
            int n = 0;
            while (n < 1000 && each.digest != digest_of(n)) {
                ++n;
            }
            numbers.push_back(n);
        }
        return numbers;
    }
    /// Without a limit: all.
    std::vector<revocation> poll(std::optional<std::int64_t> within_ms = {})
    {
        auto found = store_->poll(within_ms.value_or(store_->now()));
        EXPECT_TRUE(answer_to(found).done()) << answer_to(found).detail;
        return found.value_or(std::vector<revocation>());
    }

    std::unique_ptr<session_test_store> place_;
    std::shared_ptr<auth::session_store> store_;
};

} // namespace

TEST_P(session_store_test, fresh_store_has_none)
{
    EXPECT_EQ(find(1), code::absent);
    EXPECT_TRUE(list().empty());
    EXPECT_TRUE(poll().empty());
    EXPECT_TRUE(store_->touch({}).has_value());
    EXPECT_TRUE(store_->touch({{digest_of(1), store_->now()}}).has_value());
    EXPECT_TRUE(store_->purge().has_value());
    EXPECT_TRUE(store_->trim("ann", "r", 0)->empty());
    EXPECT_EQ(find(1), code::absent);
}

TEST_P(session_store_test, prepares_once_and_again)
{
    EXPECT_TRUE(store_->prepare().has_value());
    EXPECT_TRUE(store_->prepare().has_value());
    EXPECT_TRUE(place_->open().sessions->prepare().has_value());
}

TEST_P(session_store_test, finds_what_was_inserted)
{
    stored_session session =
        new_session(*store_, 1, "507f1f77bcf86cd799439011");
    session.secure = true;
    session.remembered = true;
    session.epoch = std::int64_t{1} << 40;
    session.password = 0xfedcba9876543210U;
    session.seen += 5;
    session.code_shown = session.created + 7;
    session.address = "2001:db8::1";
    session.browser = std::string(198, 'x') + "\u00e4";
    insert(session);
    const auto found = place_->open().sessions->find(session.digest);
    ASSERT_TRUE(found.has_value()) << found.error().detail;
    EXPECT_EQ(found->digest, session.digest);
    EXPECT_EQ(found->kind, auth::session_kind::login);
    EXPECT_EQ(found->realm, "r");
    EXPECT_TRUE(found->secure);
    EXPECT_TRUE(found->remembered);
    EXPECT_EQ(found->user_id, session.user_id);
    EXPECT_EQ(found->epoch, session.epoch);
    EXPECT_EQ(found->password, session.password);
    EXPECT_EQ(found->created, session.created);
    EXPECT_EQ(found->seen, session.seen);
    EXPECT_EQ(found->until, session.until);
    EXPECT_EQ(found->password_shown, session.password_shown);
    EXPECT_EQ(found->code_shown, session.code_shown);
    EXPECT_EQ(found->address, session.address);
    EXPECT_EQ(found->browser, session.browser);
    EXPECT_EQ(find(2), code::absent);
}

TEST_P(session_store_test, keeps_what_is_zero_or_empty)
{
    stored_session session = new_session(*store_, 1);
    session.kind = auth::session_kind::app;
    session.password_shown = 0;
    session.address.clear();
    session.browser.clear();
    insert(session);
    const auto found = store_->find(session.digest);
    ASSERT_TRUE(found.has_value()) << found.error().detail;
    EXPECT_EQ(found->kind, auth::session_kind::app);
    EXPECT_FALSE(found->secure);
    EXPECT_FALSE(found->remembered);
    EXPECT_EQ(found->password_shown, 0);
    EXPECT_EQ(found->code_shown, 0);
    EXPECT_EQ(found->address + found->browser, "");
}

TEST_P(session_store_test, inserting_twice_changes_nothing)
{
    const stored_session session = new_session(*store_, 1);
    insert(session);
    EXPECT_TRUE(store_->touch({{session.digest, session.seen + 9}}));
    insert(session);
    EXPECT_EQ(place_->count(sessions_table), 1);
    EXPECT_EQ(store_->find(session.digest)->seen, session.seen + 9);
}

TEST_P(session_store_test, refuses_what_cannot_be_read_again)
{
    const stored_session good = new_session(*store_, 1);
    std::vector<stored_session> bad(8, good);
    bad[0].realm.clear();
    bad[1].user_id.clear();
    bad[2].browser = std::string(stored_session::max_browser + 1, 'x');
    bad[3].browser = "\xff";
    bad[4].address = std::string("a\0b", 3);
    bad[5].epoch = -1;
    bad[6].until = -1;
    bad[7].realm = std::string(1000, 'x');
    for (const stored_session& each : bad) {
        EXPECT_TRUE(has(store_->insert(each), code::unusable, "cannot be"));
    }
    EXPECT_EQ(find(1), code::absent);
}

TEST_P(session_store_test, value_of_a_wrong_type_is_not_trusted)
{
    const std::string too_long(201, 'x');
    const std::vector<std::vector<std::string>> wrong = {
        {"kind", "'root'", R"("root")"},
        {"kind", "1", "1"},
        {"realm", "x'72'", "5"},
        {"realm", "''", R"("")"},
        {"secure", "2", "1"},
        {"remembered", "2", "1"},
        {"secure", "'yes'", R"("yes")"},
        {"user", "x'61'", R"({"$oid": "507f1f77bcf86cd799439011"})"},
        {"user", "''", R"([])"},
        {"epoch", "'x'", R"("7")"},
        {"epoch", "1.5", "1.5"},
        {"epoch", "-1", R"({"$numberLong": "-1"})"},
        {"password", "'x'", R"("x")"},
        {"created", "'x'", R"({"$numberLong": "5"})"},
        {"created", "-1", R"({"$date": {"$numberLong": "-1"}})"},
        {"seen", "'x'", R"("x")"},
        {"until", "9e99", R"({"$numberLong": "99999999999999"})"},
        {"password_shown", "'x'", "true"},
        {"code_shown", "'x'", "null"},
        {"address", "x'37'", "7"},
        {"browser", "x'ff'",
         R"({"$binary": {"base64": "/w==",)"
         R"( "subType": "00"}})"},
        {"browser", "'" + too_long + "'", "\"" + too_long + "\""},
    };
    for (const auto& each : wrong) {
        place_ = make_session_test_store(GetParam());
        store_ = place_->open().sessions;
        insert_all({1});
        place_->set(sessions_table, each[0], each[1], each[2]);
        EXPECT_EQ(find(1), code::unusable) << each[0] << " " << each[1];
        EXPECT_TRUE(list().empty()) << each[0] << " " << each[1];
    }
}

TEST_P(session_store_test, broken_session_can_be_removed)
{
    insert_all({1});
    place_->set(sessions_table, "epoch", "'x'", R"("x")");
    EXPECT_TRUE(store_->remove(digest_of(1)).has_value());
    EXPECT_EQ(find(1), code::absent);
}

TEST_P(session_store_test, removes_one_and_says_so)
{
    insert_all({1, 2});
    EXPECT_TRUE(store_->remove(digest_of(1)).has_value());
    EXPECT_TRUE(store_->remove(digest_of(3)).has_value()); // never was there
    EXPECT_EQ(find(1), code::absent);
    EXPECT_EQ(find(2), code::done);
    store_ = place_->open().sessions;
    const auto ended = poll(); // all: it is the first time
    ASSERT_EQ(ended.size(), 2u);
    EXPECT_EQ(ended[0].session, digest_of(1));
    EXPECT_EQ(ended[1].session, digest_of(3));
    EXPECT_EQ(ended[0].user_id, "");
    EXPECT_NEAR(static_cast<double>(ended[0].at),
                static_cast<double>(store_->now()), 5000);
    EXPECT_TRUE(poll(-5000).empty());
    const auto latest = poll(60000);
    ASSERT_EQ(latest.size(), 2u);
    EXPECT_EQ(latest[0].session, digest_of(1)); // the oldest first
    EXPECT_EQ(latest[1].session, digest_of(3));
}

TEST_P(session_store_test, removes_lower_epochs_of_a_user)
{
    for (int n = 1; n <= 3; ++n) {
        stored_session session = new_session(*store_, n);
        session.epoch = n;
        insert(session);
    }
    insert(new_session(*store_, 4, "bob"));
    EXPECT_TRUE(store_->remove_lower_epochs("ann", 3).has_value());
    EXPECT_EQ(list(), std::vector<int>{3});
    EXPECT_EQ(find(4), code::done);
    const auto ended = poll();
    ASSERT_EQ(ended.size(), 1u);
    EXPECT_FALSE(ended[0].session);
    EXPECT_EQ(ended[0].user_id, "ann");
    EXPECT_EQ(ended[0].epoch, 3);
}

TEST_P(session_store_test, unusable_revocations_are_left_out)
{
    const std::vector<std::vector<std::string>> wrong = {
        {"at", "'x'", R"("x")"},
        {"session", "x'00'",
         R"({"$binary": {"base64": "AA==",)"
         R"( "subType": "00"}})"},
        {"session", "'x'", R"("x")"},
        {"user", "x'37'", "7"},
        {"user", "''", R"("")"},
        {"epoch", "'x'", R"("x")"},
        {"epoch", "-1", R"({"$numberLong": "-1"})"},
    };
    for (const auto& each : wrong) {
        place_ = make_session_test_store(GetParam());
        store_ = place_->open().sessions;
        EXPECT_TRUE(store_->remove_lower_epochs("ann", 3).has_value());
        place_->set(revocations_table, each[0], each[1], each[2]);
        EXPECT_TRUE(store_->remove(digest_of(1)).has_value());
        const auto ended = poll();
        ASSERT_EQ(ended.size(), 1u) << each[0] << " " << each[1];
        EXPECT_EQ(ended[0].session, digest_of(1));
    }
}

TEST_P(session_store_test, lists_the_latest_first)
{
    insert_all({2, 3, 1});
    stored_session other_realm = new_session(*store_, 4);
    other_realm.realm = "other";
    insert(other_realm);
    stored_session expired = new_session(*store_, 5);
    expired.until = store_->now() - 1;
    insert(expired);
    stored_session app = new_session(*store_, 6);
    app.kind = auth::session_kind::app;
    insert(app);
    EXPECT_EQ(list(), (std::vector<int>{3, 2, 1}));
    EXPECT_EQ(list("ann", "other"), std::vector<int>{4});
    EXPECT_EQ(list("ann", std::nullopt), (std::vector<int>{4, 3, 2, 1}));
    EXPECT_TRUE(list("nobody", std::nullopt).empty());
    EXPECT_TRUE(list("' OR 1=1 --").empty());
}

TEST_P(session_store_test, trims_the_oldest)
{
    insert_all({4, 2, 5, 1, 3});
    insert(new_session(*store_, 0, "bob"));
    EXPECT_TRUE(store_->trim("ann", "r", 5)->empty());
    const auto ended = store_->trim("ann", "r", 3);
    ASSERT_TRUE(ended.has_value()) << ended.error().detail;
    EXPECT_EQ(*ended, (std::vector<sha256_digest>{digest_of(2), digest_of(1)}));
    EXPECT_EQ(list(), (std::vector<int>{5, 4, 3}));
    EXPECT_EQ(find(0), code::done);
    const auto told = poll();
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(told[0].session, digest_of(2));
    EXPECT_EQ(told[1].session, digest_of(1));
    EXPECT_EQ(store_->trim("ann", "r", 0)->size(), 3u);
    EXPECT_TRUE(list().empty());
}

TEST_P(session_store_test, touch_neither_makes_nor_moves_back)
{
    const stored_session session = new_session(*store_, 1);
    insert(session);
    std::vector<auth::session_use> uses{{session.digest, session.seen + 100}};
    for (int n = 2; n < 700; ++n) {
        uses.push_back({digest_of(n), session.seen});
    }
    EXPECT_TRUE(has(store_->touch(uses), code::done, ""));
    EXPECT_EQ(place_->count(sessions_table), 1);
    EXPECT_EQ(store_->find(session.digest)->seen, session.seen + 100);
    EXPECT_TRUE(store_->touch({{session.digest, session.seen + 50}}));
    EXPECT_EQ(store_->find(session.digest)->seen, session.seen + 100);
    EXPECT_EQ(store_->find(session.digest)->until, session.until);
    EXPECT_TRUE(store_->remove(session.digest).has_value());
    EXPECT_TRUE(store_->touch({{session.digest, session.seen + 200}}));
    EXPECT_EQ(find(1), code::absent);
}

TEST_P(session_store_test, purges_what_has_expired_long_ago)
{
    constexpr std::int64_t day = 24 * 60 * 60 * 1000;
    insert_all({1});
    for (int n = 2; n < 500; ++n) {
        stored_session expired = new_session(*store_, n);
        expired.until = store_->now() - day;
        if (n > 20 && std::string(GetParam()) == "mongodb") {
            break;
        }
        insert(expired);
    }
    EXPECT_TRUE(store_->remove(digest_of(1000)).has_value());
    // A call deletes what it can in a second, on a slow disk not much.
    for (int i = 0; i < 30 && place_->count(sessions_table) > 1; ++i) {
        EXPECT_TRUE(has(store_->purge(), code::done, ""));
    }
    EXPECT_EQ(place_->count(sessions_table), 1);
    EXPECT_EQ(find(1), code::done);
    EXPECT_EQ(place_->count(revocations_table), 1);
    const std::string long_ago = std::to_string(store_->now() - day);
    place_->set(revocations_table, "at", long_ago,
                R"({"$date": {"$numberLong": ")" + long_ago + R"("}})");
    EXPECT_TRUE(has(store_->purge(), code::done, ""));
    EXPECT_EQ(place_->count(revocations_table), 0);
}

TEST_P(session_store_test, tells_which_of_many_are_there)
{
    const auto present = [this](const std::vector<int>& numbers) {
        std::vector<sha256_digest> asked;
        for (const int n : numbers) {
            asked.push_back(digest_of(n));
        }
        auto there = store_->present(asked);
        EXPECT_TRUE(there.has_value());
        std::sort(there->begin(), there->end());
        return *there;
    };
    const auto digests = [](std::vector<sha256_digest> all) {
        std::sort(all.begin(), all.end());
        return all;
    };
    EXPECT_TRUE(present({1}).empty());
    insert_all({1, 2, 3});
    EXPECT_TRUE(present({}).empty());
    EXPECT_EQ(present({1, 4, 3}), digests({digest_of(1), digest_of(3)}));
    EXPECT_TRUE(has(store_->remove(digest_of(3)), code::done, ""));
    EXPECT_EQ(present({1, 2, 3}), digests({digest_of(1), digest_of(2)}));
    std::vector<int> hundred(101, 9);
    hundred.push_back(2);
    EXPECT_EQ(present(hundred), digests({digest_of(2)}));
}

TEST_P(session_store_test, many_threads_insert_and_remove)
{
    constexpr int threads = 4;
    constexpr int each = 8;
    std::atomic<int> failures{0};
    const auto work = [&](int first) {
        const auto own = place_->open().sessions;
        for (int n = first; n < first + each; ++n) {
            const stored_session session = new_session(*own, n);
            failures += !in_time([&] { return own->insert(session); }).done();
            if (n % 2 == 0) {
                failures += !in_time([&] {
                                 return own->remove(session.digest);
                             }).done();
            }
        }
    };
    std::vector<std::thread> workers;
    for (int i = 0; i < threads; ++i) {
        workers.emplace_back(work, i * each);
    }
    for (std::thread& worker : workers) {
        worker.join();
    }
    EXPECT_EQ(failures, 0);
    EXPECT_EQ(list().size(), threads * each / 2u);
    EXPECT_GE(poll().size(), threads * each / 2u);
}

TEST_P(session_store_test, clock_is_that_of_the_store)
{
    EXPECT_TRUE(store_->poll(0).has_value());
    // The server of the tests runs on this machine.
    EXPECT_NEAR(static_cast<double>(store_->now()),
                static_cast<double>(auth::machine_milliseconds()), 2000);
}

TEST(clock_jumps_test, are_told_at_once_and_once_more)
{
    auth::clock_jumps jumps;
    const std::int64_t again = auth::clock_jumps::again_after_ms;
    std::int64_t ahead = 1'000'000'000'000;
    std::int64_t steady = 5000;
    const auto note = [&] {
        const auth::clock_jumps::times now{steady + ahead, steady};
        const bool needs_all = jumps.needs_all(now);
        // What could not be read is asked for again.
        EXPECT_EQ(jumps.needs_all(now), needs_all);
        jumps.note(now);
        return needs_all;
    };
    for (const std::int64_t jump : {0, 3'600'000, -7'200'000}) {
        ahead += jump;
        EXPECT_TRUE(note());
        ahead += 900; // an answer takes its time
        EXPECT_FALSE(note());
        steady += again - 1;
        EXPECT_FALSE(note());
        steady += 1;
        EXPECT_TRUE(note());
        EXPECT_FALSE(note());
    }
}

INSTANTIATE_TEST_SUITE_P(stores, session_store_test,
                         testing::ValuesIn(test_stores()),
                         [](const auto& test) {
                             return std::string(test.param);
                         });
