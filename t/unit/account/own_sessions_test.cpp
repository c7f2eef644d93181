#include "account/own_sessions.h"
#include "fake_session_store.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace auth {
namespace {

using outcome = own_sessions::outcome;
using code = store_answer::code;

constexpr std::int64_t idle_ms = 30 * 60'000;
constexpr std::int64_t remember_ms = 100 * idle_ms;

class own_sessions_test : public testing::Test
{
protected:
    void SetUp() override
    {
        for (const std::uint8_t number : {1, 2, 3}) {
            stored_session session;
            session.digest = fake_session_store::digest_of(number);
            session.realm = "site";
            session.user_id = "alice";
            session.epoch = 5;
            session.created = session.seen = sessions.clock - 1000;
            sessions.sessions.push_back(session);
        }
    }

    const own_sessions& run(std::optional<std::uint8_t> ended = std::nullopt)
    {
        own_sessions::question asked;
        asked.user_id = "alice";
        asked.realm = "site";
        asked.epoch = 5;
        asked.idle_ms = idle_ms;
        asked.remember_ms = remember_ms;
        asked.present = fake_session_store::digest_of(1);
        if (ended) {
            asked.ends = [ended](const sha256_digest& digest) {
                return digest == fake_session_store::digest_of(*ended);
            };
        }
        own_sessions& subject = subject_.emplace(sessions, asked);
        EXPECT_EQ(subject.next(), operation::stage::store);
        EXPECT_EQ(subject.result(), outcome::unavailable);
        subject.run();
        EXPECT_EQ(subject.next(), operation::stage::done);
        return subject;
    }

    /// The first bytes of the digests.
    std::vector<int> listed() const
    {
        std::vector<int> numbers;
        for (const stored_session& each : subject_->sessions()) {
            numbers.push_back(each.digest[0]);
        }
        return numbers;
    }

    fake_session_store sessions;

private:
    std::optional<own_sessions> subject_;
};

TEST_F(own_sessions_test, lists_those_of_the_user_in_the_realm)
{
    sessions.sessions[1].realm = "other";
    sessions.sessions[2].user_id = "bob";
    EXPECT_EQ(run().result(), outcome::listed);
    EXPECT_EQ(listed(), std::vector<int>{1});
    EXPECT_EQ(sessions.calls, std::vector<std::string>{"list alice site"});
    EXPECT_EQ(run().now(), sessions.clock);
}

TEST_F(own_sessions_test, leaves_out_dead_ones_but_not_the_present_one)
{
    for (const std::size_t i : {0, 1}) {
        sessions.sessions[i].seen = sessions.clock - idle_ms;
    }
    sessions.sessions[2].seen = sessions.clock - idle_ms + 1;
    run();
    EXPECT_EQ(listed(), (std::vector<int>{1, 3}));
    sessions.sessions[2].epoch = 4;
    run();
    EXPECT_EQ(listed(), std::vector<int>{1});
}

TEST_F(own_sessions_test, remembered_ones_idle_for_longer)
{
    sessions.sessions[1].remembered = true;
    sessions.sessions[1].seen = sessions.clock - remember_ms + 1;
    run();
    EXPECT_EQ(listed(), (std::vector<int>{1, 2, 3}));
    --sessions.sessions[1].seen;
    run();
    EXPECT_EQ(listed(), (std::vector<int>{1, 3}));
}

TEST_F(own_sessions_test, ends_one)
{
    const own_sessions& subject = run(2);
    EXPECT_EQ(subject.result(), outcome::ended);
    EXPECT_EQ(subject.digest(), fake_session_store::digest_of(2));
    EXPECT_FALSE(sessions.has(fake_session_store::digest_of(2)));
    EXPECT_EQ(sessions.sessions.size(), 2u);
}

TEST_F(own_sessions_test, ends_none_of_somebody_else)
{
    sessions.sessions[1].user_id = "bob";
    EXPECT_EQ(run(2).result(), outcome::listed);
    EXPECT_EQ(run(9).result(), outcome::listed);
    EXPECT_EQ(sessions.sessions.size(), 3u);
}

TEST_F(own_sessions_test, store_does_not_answer)
{
    sessions.at_list = store_answer(code::unavailable, "away");
    EXPECT_EQ(run(2).result(), outcome::unavailable);
    EXPECT_EQ(run(2).detail(), "away");
    EXPECT_EQ(sessions.sessions.size(), 3u);
}

TEST_F(own_sessions_test, removal_fails)
{
    sessions.at_remove = store_answer(code::unknown, "lost");
    const own_sessions& subject = run(2);
    EXPECT_EQ(subject.result(), outcome::not_ended);
    EXPECT_EQ(subject.detail(), "lost");
    EXPECT_EQ(subject.digest(), fake_session_store::digest_of(2));
}

} // namespace
} // namespace auth
