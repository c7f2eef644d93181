#include "account/password_fingerprint.h"
#include "account/session_ending.h"
#include "fake_user_store.h"

#include <gtest/gtest.h>

#include <functional>
#include <new>
#include <optional>
#include <string>
#include <vector>

namespace auth {
namespace {

using stage = operation::stage;
using outcome = session_ending::outcome;
using code = store_answer::code;
using strings = std::vector<std::string>;

class session_ending_test : public testing::Test
{
protected:
    void SetUp() override
    {
        store.add("alice", "a hash").epoch = 5;
        who = {alice().id, "alice", password_fingerprint(alice()), 5};
    }

    stored_user& alice() { return store.users[0]; }

    outcome result()
    {
        store.calls.clear();
        subject.emplace(store, who);
        EXPECT_EQ(subject->next(), stage::store);
        EXPECT_EQ(subject->result(), outcome::unavailable);
        subject->run();
        EXPECT_EQ(subject->next(), stage::done);
        return subject->result();
    }

    /// Something that happens before the epoch is raised.
    void meanwhile(const std::function<void()>& happens)
    {
        store.before_call = [this, happens] {
            if (store.calls.back() == "raise_epoch alice") {
                happens();
            }
        };
    }

    fake_user_store store;
    session_user who;
    std::optional<session_ending> subject;
};

TEST_F(session_ending_test, raises_the_epoch)
{
    EXPECT_EQ(result(), outcome::ended);
    EXPECT_EQ(store.calls, (strings{"find alice", "raise_epoch alice"}));
    EXPECT_EQ(alice().epoch, 6);
    EXPECT_EQ(subject->epoch(), 6);
    EXPECT_EQ(subject->detail(), "");
}

TEST_F(session_ending_test, a_session_that_has_ended_ends_no_others)
{
    who.epoch = 4;
    EXPECT_EQ(result(), outcome::overtaken);
    EXPECT_EQ(subject->epoch(), 5);
    EXPECT_EQ(store.calls, strings{"find alice"});
    who.epoch = 5;
    who.password ^= 1;
    EXPECT_EQ(result(), outcome::overtaken);
    EXPECT_EQ(subject->password_fingerprint(), password_fingerprint(alice()));
    EXPECT_EQ(alice().epoch, 5);
}

TEST_F(session_ending_test, users_who_cannot_log_in_are_gone)
{
    alice().disabled = true;
    EXPECT_EQ(result(), outcome::gone);
    alice().disabled = false;
    alice().id = new_user_id();
    EXPECT_EQ(result(), outcome::gone);
    store.next_find = store_answer{code::unusable, "password is a number"};
    EXPECT_EQ(result(), outcome::gone);
    EXPECT_EQ(subject->detail(), "password is a number");
    store.users.clear();
    EXPECT_EQ(result(), outcome::gone);
}

TEST_F(session_ending_test, of_two_at_once_one_ends_the_other)
{
    meanwhile([&] { ++alice().epoch; });
    EXPECT_EQ(result(), outcome::overtaken);
    EXPECT_EQ(subject->epoch(), 6);
    EXPECT_EQ(alice().epoch, 6);
}

TEST_F(session_ending_test, store_failures)
{
    store.next_find = store_answer{code::unavailable, "down"};
    EXPECT_EQ(result(), outcome::unavailable);
    EXPECT_EQ(subject->detail(), "down");
    store.next_raise = store_answer{code::unavailable, "read-only"};
    EXPECT_EQ(result(), outcome::unavailable);
    EXPECT_EQ(subject->detail(), "read-only");

    store.next_raise = store_answer{code::unknown, "connection lost"};
    EXPECT_EQ(result(), outcome::unknown);
    EXPECT_EQ(subject->detail(), "connection lost");
    EXPECT_EQ(alice().epoch, 5);
}

TEST_F(session_ending_test, who_was_first_is_found_without_a_time_limit)
{
    fake_user_store spent; // the operation has no time left when it answers
    spent.add("alice", "a hash").id = alice().id;
    spent.users[0].epoch = 5;
    spent.next_raise = store_answer{code::changed, ""};
    spent.before_call = [&] {
        if (spent.calls.back() == "raise_epoch alice") {
            ++alice().epoch;
            spent.next_find = store_answer{code::unavailable, "too long"};
        }
    };
    store.for_operations = &spent;
    EXPECT_EQ(result(), outcome::overtaken);
    EXPECT_EQ(subject->epoch(), 6);
    EXPECT_EQ(store.calls, strings{"find alice"});
}

TEST_F(session_ending_test, an_exception_says_whether_something_may_be_stored)
{
    meanwhile([] { throw std::bad_alloc(); });
    session_ending ending(store, who);
    EXPECT_THROW(ending.run(), std::bad_alloc);
    EXPECT_EQ(ending.result(), outcome::unknown);
    store.before_call = [] { throw std::bad_alloc(); };
    session_ending two(store, who);
    EXPECT_THROW(two.run(), std::bad_alloc);
    EXPECT_EQ(two.result(), outcome::unavailable);
}

} // namespace
} // namespace auth
