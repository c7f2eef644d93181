#include "account/password_fingerprint.h"
#include "account/session_lookup.h"
#include "fake_session_store.h"
#include "fake_user_store.h"

#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <vector>

namespace auth {
namespace {

using outcome = session_lookup::outcome;
using code = store_answer::code;

constexpr std::int64_t idle_ms = 30 * 60'000;
constexpr std::int64_t lifetime_ms = 12 * 3'600'000;
constexpr std::int64_t remember_ms = 30 * 24 * 3'600'000LL;

class session_lookup_test : public testing::Test
{
protected:
    void SetUp() override
    {
        stored_user& alice = users.add("alice", "a hash");
        alice.epoch = 5;
        alice.roles = {"staff"};
        stored_session session;
        session.digest = fake_session_store::digest_of(1);
        session.realm = "site";
        session.secure = true;
        session.user_id = alice.id;
        session.epoch = 5;
        session.password = password_fingerprint(alice);
        session.created = sessions.clock - 60'000;
        session.seen = sessions.clock - 1000;
        session.until = session.created + lifetime_ms;
        sessions.sessions.push_back(session);
    }

    stored_session& stored() { return sessions.sessions[0]; }

    const session_lookup& look_up()
    {
        session_lookup& subject = subject_.emplace(
            sessions, users,
            session_lookup::question{fake_session_store::digest_of(1), "site",
                                     true, idle_ms, lifetime_ms, remember_ms});
        EXPECT_EQ(subject.next(), operation::stage::look_up);
        EXPECT_EQ(subject.result(), outcome::unavailable);
        subject.run();
        EXPECT_EQ(subject.next(), operation::stage::done);
        return subject;
    }

    fake_session_store sessions;
    fake_user_store users;

private:
    std::optional<session_lookup> subject_;
};

TEST_F(session_lookup_test, finds_the_session_and_its_user)
{
    const session_lookup& subject = look_up();
    ASSERT_EQ(subject.result(), outcome::found);
    EXPECT_EQ(subject.user().username, "alice");
    EXPECT_EQ(subject.user().roles, std::vector<std::string>{"staff"});
    EXPECT_TRUE(subject.user().password.empty());
    EXPECT_EQ(subject.password_fingerprint(), stored().password);
    EXPECT_EQ(subject.age_ms(), 60'000u);
}

// Each alone makes it no session.
TEST_F(session_lookup_test, whatever_does_not_fit_is_no_session)
{
    const std::vector<std::function<void()>> changes = {
        [&] { sessions.sessions.clear(); },
        [&] { stored().kind = session_kind::app; },
        [&] { stored().realm = "other"; },
        [&] { stored().secure = false; },
        [&] { stored().until = sessions.clock; },
        [&] { stored().created = sessions.clock - lifetime_ms; },
        [&] { stored().seen = sessions.clock - idle_ms; },
        [&] { stored().user_id = "another"; },
        [&] { stored().epoch = 4; },
        [&] { stored().epoch = 6; },
        [&] { stored().password += 1; },
        [&] { users.users[0].disabled = true; },
        [&] { users.users[0].epoch = 6; },
        [&] { users.users[0].password = secret("another hash"); },
        [&] { users.users.clear(); },
        [&] { sessions.at_find = store_answer(code::unusable, "broken"); },
        [&] { users.next_find = store_answer(code::unusable, "broken"); },
    };
    for (std::size_t i = 0; i < changes.size(); ++i) {
        sessions = fake_session_store();
        users = fake_user_store();
        SetUp();
        changes[i]();
        EXPECT_EQ(look_up().result(), outcome::absent) << "change " << i;
    }
}

TEST_F(session_lookup_test, lives_to_the_last_moment)
{
    stored().seen = sessions.clock - idle_ms + 1;
    stored().created = sessions.clock - lifetime_ms + 1;
    stored().until = sessions.clock + 1;
    const session_lookup& subject = look_up();
    EXPECT_EQ(subject.result(), outcome::found);
    EXPECT_EQ(subject.age_ms(), static_cast<std::uint64_t>(lifetime_ms - 1));
}

// The lifetime was shorter when the session was made.
TEST_F(session_lookup_test, ends_when_it_was_to_end)
{
    stored().until = sessions.clock + 1000;
    EXPECT_EQ(look_up().age_ms(),
              static_cast<std::uint64_t>(lifetime_ms - 1000));
}

TEST_F(session_lookup_test, lives_longer_where_it_is_remembered)
{
    stored().remembered = true;
    stored().created = stored().seen = sessions.clock - remember_ms + 1;
    stored().until = sessions.clock + 1;
    const session_lookup& subject = look_up();
    EXPECT_EQ(subject.result(), outcome::found);
    EXPECT_TRUE(subject.remembered());
    EXPECT_EQ(subject.age_ms(), static_cast<std::uint64_t>(remember_ms - 1));
    stored().seen -= 1;
    EXPECT_EQ(look_up().result(), outcome::absent);
}

// A login on a node whose clock is ahead, or a clock that was set back.
TEST_F(session_lookup_test, comes_from_the_future)
{
    stored().created = stored().seen = sessions.clock + 60'000;
    stored().until = stored().created + lifetime_ms;
    const session_lookup& subject = look_up();
    EXPECT_EQ(subject.result(), outcome::found);
    EXPECT_EQ(subject.age_ms(), 0u);
}

TEST_F(session_lookup_test, no_answer_is_no_refusal)
{
    sessions.at_find = store_answer(code::unavailable, "down");
    const session_lookup& first = look_up();
    EXPECT_EQ(first.result(), outcome::unavailable);
    EXPECT_EQ(first.detail(), "down");

    sessions.at_find.reset();
    users.next_find = store_answer(code::unavailable, "slow");
    const session_lookup& second = look_up();
    EXPECT_EQ(second.result(), outcome::unavailable);
    EXPECT_EQ(second.detail(), "slow");
}

} // namespace
} // namespace auth
