#include "account/login.h"
#include "account/password_change.h"
#include "account/password_fingerprint.h"
#include "account/session_ending.h"
#include "account/session_keeping.h"
#include "account/session_removal.h"
#include "fake_session_store.h"
#include "fake_user_store.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace auth {
namespace {

using code = store_answer::code;
using digests = std::vector<sha256_digest>;
using strings = std::vector<std::string>;

constexpr hash_cost cost{64, 2, 1};
constexpr std::int64_t lifetime_ms = 3'600'000;

sha256_digest digest_of(std::uint8_t number)
{
    return fake_session_store::digest_of(number);
}

class session_keeping_test : public testing::Test
{
protected:
    std::unique_ptr<session_keeping> keeping(digests replaced = {})
    {
        session_keeping::terms terms;
        terms.draft.digest = digest_of(9);
        terms.draft.realm = "site";
        terms.draft.address = "192.0.2.1";
        terms.lifetime_ms = lifetime_ms;
        terms.limit = 2;
        terms.replaced = std::move(replaced);
        return std::make_unique<session_keeping>(sessions, std::move(terms));
    }

    void add(std::uint8_t number)
    {
        stored_session session;
        session.digest = digest_of(number);
        sessions.sessions.push_back(session);
    }

    static void run(operation& subject)
    {
        while (subject.next() != operation::stage::done) {
            subject.run();
        }
    }

    store_time spent;
    fake_session_store sessions;
    fake_user_store users;
};

TEST_F(session_keeping_test, stores_the_session_whole)
{
    const auto subject = keeping();
    EXPECT_FALSE(subject->may_be_kept());
    EXPECT_TRUE(subject->keep(spent, "an id", 7, 3).has_value());
    EXPECT_TRUE(subject->kept());
    ASSERT_EQ(sessions.sessions.size(), 1u);
    const stored_session& stored = sessions.sessions[0];
    EXPECT_EQ(stored.digest, digest_of(9));
    EXPECT_EQ(stored.realm, "site");
    EXPECT_EQ(stored.user_id, "an id");
    EXPECT_EQ(stored.password, 7u);
    EXPECT_EQ(stored.epoch, 3);
    EXPECT_EQ(stored.address, "192.0.2.1");
    EXPECT_EQ(stored.created, sessions.clock);
    EXPECT_EQ(stored.seen, sessions.clock);
    EXPECT_EQ(stored.password_shown, sessions.clock);
    EXPECT_EQ(stored.until, sessions.clock + lifetime_ms);
}

TEST_F(session_keeping_test, ends_what_it_replaces_before_it_counts)
{
    add(1);
    add(2);
    const auto subject = keeping({digest_of(2)});
    EXPECT_TRUE(subject->keep(spent, "an id", 7, 3).has_value());
    EXPECT_EQ(sessions.calls, (strings{"insert", "remove", "trim an id 2"}));
    EXPECT_TRUE(sessions.has(digest_of(1)));
    EXPECT_TRUE(subject->displaced().empty());
    EXPECT_TRUE(subject->not_ended().empty());
}

TEST_F(session_keeping_test, tells_which_it_displaces)
{
    add(1);
    add(2);
    const auto subject = keeping();
    EXPECT_TRUE(subject->keep(spent, "an id", 7, 3).has_value());
    EXPECT_EQ(subject->displaced(), digests{digest_of(1)});
}

TEST_F(session_keeping_test, a_failed_ending_is_a_note)
{
    add(2);
    sessions.at_remove = store_answer(code::unavailable, "down");
    const auto subject = keeping({digest_of(2)});
    const store_outcome kept = subject->keep(spent, "an id", 7, 3);
    ASSERT_TRUE(kept.has_value());
    EXPECT_EQ(kept->detail, "down");
    EXPECT_EQ(subject->not_ended(), digests{digest_of(2)});

    // Somebody waits: what fails is not tried again and again.
    sessions.calls.clear();
    const auto two = keeping({digest_of(2), digest_of(3)});
    EXPECT_TRUE(two->keep(spent, "an id", 7, 3).has_value());
    EXPECT_EQ(sessions.calls, (strings{"insert", "remove"}));
    EXPECT_EQ(two->not_ended(), (digests{digest_of(2), digest_of(3)}));

    sessions.at_remove.reset();
    sessions.at_trim = store_answer(code::unavailable, "slow");
    EXPECT_EQ(keeping()->keep(spent, "an id", 7, 3)->detail, "slow");
}

TEST_F(session_keeping_test, says_whether_it_may_be_there)
{
    sessions.at_insert = store_answer(code::unavailable, "down");
    auto subject = keeping({digest_of(2)});
    EXPECT_FALSE(subject->keep(spent, "an id", 7, 3).has_value());
    EXPECT_FALSE(subject->kept());
    EXPECT_FALSE(subject->may_be_kept());
    EXPECT_EQ(subject->not_ended(), digests{digest_of(2)});

    sessions.at_insert = store_answer(code::unknown, "lost");
    subject = keeping();
    EXPECT_FALSE(subject->keep(spent, "an id", 7, 3).has_value());
    EXPECT_TRUE(subject->may_be_kept());
}

TEST_F(session_keeping_test, a_login_keeps_its_session)
{
    const std::string hash(hash_password("secret word", cost).view());
    stored_user& alice = users.add("alice", hash);
    alice.epoch = 4;
    dummy_hashes dummies(cost, secret("a key"));
    login subject(users, dummies, cost, "alice", secret("secret word"),
                  keeping());
    run(subject);
    EXPECT_EQ(subject.result(), login::outcome::accepted);
    ASSERT_TRUE(sessions.has(digest_of(9)));
    EXPECT_EQ(sessions.sessions[0].user_id, users.users[0].id);
    EXPECT_EQ(sessions.sessions[0].epoch, 4);
    EXPECT_EQ(sessions.sessions[0].password, subject.password_fingerprint());
}

TEST_F(session_keeping_test, nobody_logs_in_without_a_session)
{
    users.add("alice", std::string(hash_password("secret word", cost).view()));
    dummy_hashes dummies(cost, secret("a key"));
    sessions.at_insert = store_answer(code::unavailable, "disk full");
    login subject(users, dummies, cost, "alice", secret("secret word"),
                  keeping());
    run(subject);
    EXPECT_EQ(subject.result(), login::outcome::unavailable);
    EXPECT_TRUE(subject.store_failed());
    EXPECT_EQ(subject.detail(), "disk full");

    login wrong(users, dummies, cost, "alice", secret("wrong word"), keeping());
    run(wrong);
    EXPECT_EQ(wrong.result(), login::outcome::refused);
    EXPECT_FALSE(wrong.session()->may_be_kept());
    EXPECT_TRUE(sessions.sessions.empty());
}

// The password is another one, with the session or without.
TEST_F(session_keeping_test, a_password_change_goes_on_in_a_new_session)
{
    for (const bool down : {false, true}) {
        users = fake_user_store();
        sessions = fake_session_store();
        if (down) {
            sessions.at_insert = store_answer(code::unavailable, "down");
        }
        const stored_user& alice = users.add(
            "alice", std::string(hash_password("secret word", cost).view()));
        password_change subject(
            users, cost, password_policy{},
            {alice.id, "alice", password_fingerprint(alice), 0},
            secret("secret word"), secret("purple monkey dishwasher"),
            keeping());
        run(subject);
        EXPECT_EQ(subject.result(), password_change::outcome::changed);
        EXPECT_EQ(subject.session()->kept(), !down);
        EXPECT_EQ(subject.store_failed(), down);
        if (!down) {
            EXPECT_EQ(sessions.sessions[0].epoch, 1);
            EXPECT_EQ(sessions.sessions[0].password,
                      subject.password_fingerprint());
        }
    }
}

TEST_F(session_keeping_test, ending_the_others_goes_on_in_a_new_session)
{
    stored_user& alice = users.add("alice", "a hash");
    alice.epoch = 5;
    session_ending subject(
        users, {alice.id, "alice", password_fingerprint(alice), 5}, keeping());
    run(subject);
    EXPECT_EQ(subject.result(), session_ending::outcome::ended);
    ASSERT_TRUE(subject.session()->kept());
    EXPECT_EQ(sessions.sessions[0].epoch, 6);
}

TEST_F(session_keeping_test, removal_tells_what_is_left)
{
    add(1);
    add(2);
    session_removal subject(sessions, {digest_of(1), digest_of(2)});
    run(subject);
    EXPECT_TRUE(subject.not_ended().empty());
    EXPECT_TRUE(sessions.sessions.empty());

    sessions.at_remove = store_answer(code::unknown, "lost");
    sessions.calls.clear();
    session_removal failing(sessions, {digest_of(3), digest_of(4)});
    run(failing);
    EXPECT_EQ(sessions.calls, strings{"remove"}); // somebody waits
    EXPECT_EQ(failing.not_ended(), (digests{digest_of(3), digest_of(4)}));
    EXPECT_EQ(failing.detail(), "lost");
}

} // namespace
} // namespace auth
