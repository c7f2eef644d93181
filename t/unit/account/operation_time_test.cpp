// All that an operation asks of its stores counts as one time.

#include "account/login.h"
#include "account/own_sessions.h"
#include "account/password_change.h"
#include "account/password_fingerprint.h"
#include "account/registration.h"
#include "account/session_ending.h"
#include "account/session_lookup.h"
#include "account/session_removal.h"
#include "fake_session_store.h"
#include "fake_user_store.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace auth {
namespace {

constexpr hash_cost cheap{64, 2, 1};

class operation_time_test : public testing::Test
{
protected:
    operation_time_test()
    {
        users_.add("alice",
                   std::string(hash_password("secret word", cheap).view()));
        sessions_.sessions.emplace_back();
        sessions_.sessions[0].digest = fake_session_store::digest_of(1);
    }

    std::unique_ptr<session_keeping> keeping()
    {
        return std::make_unique<session_keeping>(sessions_,
                                                 session_keeping::terms{});
    }

    session_user who() const
    {
        const stored_user& alice = users_.users[0];
        return {alice.id, "alice", password_fingerprint(alice), alice.epoch};
    }

    /// Runs an operation, and expects that it has asked both, or one.
    void run(operation& subject, bool asks_users, bool asks_sessions)
    {
        while (subject.next() != operation::stage::done) {
            subject.run();
        }
        EXPECT_EQ(users_.times.size(), asks_users ? 1U : 0U);
        EXPECT_EQ(sessions_.times.size(), asks_sessions ? 1U : 0U);
        if (asks_users && asks_sessions) {
            EXPECT_EQ(users_.times, sessions_.times);
        }
        users_.times.clear();
        sessions_.times.clear();
    }

    fake_user_store users_;
    fake_session_store sessions_;
    dummy_hashes dummies_{cheap, secret("a key")};
    password_policy policy_;
};

TEST_F(operation_time_test, who_keeps_a_session_asks_both)
{
    login first(users_, dummies_, cheap, "alice", secret("secret word"),
                keeping());
    run(first, true, true);
    EXPECT_EQ(first.result(), login::outcome::accepted);
    session_ending second(users_, who(), keeping());
    run(second, true, true);
    EXPECT_EQ(second.result(), session_ending::outcome::ended);
    password_change third(users_, cheap, policy_, who(), secret("secret word"),
                          secret("basil under thunder"), keeping());
    run(third, true, true);
    EXPECT_EQ(third.result(), password_change::outcome::changed);
}

TEST_F(operation_time_test, others_ask_what_they_need)
{
    registration first(users_, cheap, policy_, false, "bob",
                       secret("basil under thunder"));
    run(first, true, false);
    EXPECT_EQ(first.result(), registration::outcome::registered);
    session_lookup second(
        sessions_, users_,
        {fake_session_store::digest_of(1), "", false, 1, 1, 0});
    run(second, true, true);
    own_sessions third(sessions_, own_sessions::question{});
    run(third, false, true);
    session_removal fourth(sessions_, {fake_session_store::digest_of(1)});
    run(fourth, false, true);
    EXPECT_TRUE(sessions_.sessions.empty());
}

} // namespace
} // namespace auth
