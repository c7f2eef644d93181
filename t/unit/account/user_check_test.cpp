#include "../hash_spies/argon2_spy.h"
#include "account/login.h"
#include "account/password_fingerprint.h"
#include "account/user_check.h"
#include "fake_session_store.h"
#include "fake_user_store.h"

#include <gtest/gtest.h>

#include <new>
#include <optional>
#include <string>
#include <vector>

namespace auth {
namespace {

using stage = operation::stage;
using outcome = user_check::outcome;
using code = store_answer::code;

constexpr hash_cost weaker{64, 1, 1};
constexpr hash_cost cost{64, 2, 1};
constexpr hash_cost stronger{64, 3, 1};

class user_check_test : public testing::Test
{
protected:
    void SetUp() override
    {
        argon2_spy::reset();
        secret hash = hash_password("secret word", weaker);
        store.add("alice", std::string(hash.view())).roles = {"staff"};
    }

    stored_user& alice() { return store.users[0]; }

    outcome check(const std::string& id, const std::string& name)
    {
        argon2_spy::reset();
        store.calls.clear();
        subject.emplace(store, id, name, user_check::kept_sessions());
        EXPECT_EQ(subject->next(), stage::store);
        EXPECT_EQ(subject->result(), outcome::unavailable);
        subject->run();
        EXPECT_EQ(subject->next(), stage::done);
        EXPECT_EQ(store.calls, std::vector<std::string>{"find " + name});
        EXPECT_TRUE(argon2_spy::calls.empty());
        return subject->result();
    }

    outcome check() { return check(alice().id, "alice"); }

    std::uint64_t log_in(const hash_cost& wanted)
    {
        dummy_hashes dummies(wanted, secret("a key"));
        login attempt(store, dummies, wanted, "alice", secret("secret word"));
        while (attempt.next() != stage::done) {
            attempt.run();
        }
        EXPECT_EQ(attempt.result(), login::outcome::accepted);
        return attempt.password_fingerprint();
    }

    fake_user_store store;
    std::optional<user_check> subject;
};

TEST_F(user_check_test, tells_what_is_stored_now)
{
    alice().epoch = 7;
    EXPECT_EQ(check(), outcome::same);
    EXPECT_EQ(subject->epoch(), 7);
    EXPECT_EQ(check(), outcome::same);
    EXPECT_EQ(subject->roles(), std::vector<std::string>{"staff"});
    EXPECT_EQ(subject->password_fingerprint(), password_fingerprint(alice()));
    EXPECT_EQ(subject->detail(), "");
    alice().roles = {"admin", "staff"};
    EXPECT_EQ(check(), outcome::same);
    EXPECT_EQ(subject->roles(), (std::vector<std::string>{"admin", "staff"}));
    subject->run();
    EXPECT_EQ(store.calls.size(), 1U);
}

TEST_F(user_check_test, finds_the_name_exactly_as_stored)
{
    store.add("Bob", "x");
    EXPECT_EQ(check(store.users[1].id, "Bob"), outcome::same);
    EXPECT_EQ(check(store.users[1].id, "bob"), outcome::gone);
}

TEST_F(user_check_test, users_who_cannot_log_in_are_gone)
{
    const std::string id = alice().id;
    alice().disabled = true;
    EXPECT_EQ(check(id, "alice"), outcome::gone);
    EXPECT_EQ(subject->why_gone(), "disabled");
    EXPECT_TRUE(subject->roles().empty());
    alice().disabled = false;
    EXPECT_EQ(check(id, "alice"), outcome::same);

    alice().id = new_user_id();
    EXPECT_EQ(check(id, "alice"), outcome::gone) << "another user by that name";
    EXPECT_EQ(subject->why_gone(), "deleted");
    store.users.clear();
    EXPECT_EQ(check(id, "alice"), outcome::gone);
    EXPECT_EQ(subject->why_gone(), "deleted");
    store.next_find = store_answer{code::unusable, "password is a number"};
    EXPECT_EQ(check(id, "alice"), outcome::gone);
    EXPECT_EQ(subject->why_gone(), "unusable document");
    EXPECT_EQ(subject->detail(), "password is a number");
}

TEST_F(user_check_test, store_failure_says_nothing_about_the_user)
{
    for (code status : {code::unavailable, code::unknown, code::changed}) {
        store.next_find = store_answer{status, "store is down"};
        EXPECT_EQ(check(), outcome::unavailable);
        EXPECT_EQ(subject->detail(), "store is down");
    }
    store.before_call = [] { throw std::bad_alloc(); };
    user_check failing(store, alice().id, "alice", {});
    EXPECT_THROW(failing.run(), std::bad_alloc);
    EXPECT_EQ(failing.next(), stage::done);
    EXPECT_EQ(failing.result(), outcome::unavailable);
}

TEST_F(user_check_test, a_rehash_is_no_change)
{
    std::uint64_t known = log_in(weaker);
    EXPECT_EQ(check(), outcome::same);
    EXPECT_EQ(subject->password_fingerprint(), known);
    for (const hash_cost& wanted : {cost, stronger}) {
        const std::string before(alice().password.view());
        EXPECT_EQ(log_in(wanted), known);
        EXPECT_NE(alice().password.view(), before);
        EXPECT_EQ(check(), outcome::same);
        EXPECT_EQ(subject->password_fingerprint(), known);
        EXPECT_EQ(log_in(wanted), known);
    }
}

class user_check_sessions : public user_check_test
{
protected:
    std::vector<sha256_digest> missing(std::vector<sha256_digest> asked)
    {
        sessions.calls.clear();
        subject.emplace(store, alice().id, "alice",
                        user_check::kept_sessions{&sessions, std::move(asked)});
        subject->run();
        EXPECT_EQ(subject->next(), stage::done);
        return subject->missing();
    }

    static sha256_digest digest(std::uint8_t number)
    {
        return fake_session_store::digest_of(number);
    }

    fake_session_store sessions;
};

TEST_F(user_check_sessions, tells_which_the_store_has_lost)
{
    sessions.sessions.resize(2);
    sessions.sessions[0].digest = digest(1);
    sessions.sessions[1].digest = digest(3);
    EXPECT_TRUE(missing({digest(1), digest(3)}).empty());
    EXPECT_EQ(missing({digest(1), digest(2), digest(3), digest(4)}),
              (std::vector<sha256_digest>{digest(2), digest(4)}));
    EXPECT_EQ(sessions.calls, std::vector<std::string>{"present 4"});
    EXPECT_EQ(subject->result(), outcome::same);
    EXPECT_TRUE(missing({}).empty());
    EXPECT_TRUE(sessions.calls.empty());
}

TEST_F(user_check_sessions, a_store_that_does_not_say_ends_none)
{
    sessions.at_present = store_answer{code::unavailable, "store is down"};
    EXPECT_TRUE(missing({digest(1)}).empty());
    EXPECT_EQ(subject->result(), outcome::same);
    EXPECT_EQ(subject->detail(), "store is down");
}

TEST_F(user_check_sessions, are_not_asked_for_when_all_end_anyway)
{
    alice().disabled = true;
    EXPECT_TRUE(missing({digest(1)}).empty());
    EXPECT_EQ(subject->result(), outcome::gone);
    EXPECT_TRUE(sessions.calls.empty());
}

TEST_F(user_check_test, another_password_is_a_change)
{
    std::uint64_t known = log_in(cost);
    // By hand, by another application: these know only the field `password`.
    secret elsewhere = hash_password("secret word", cost);
    alice().password = elsewhere.copy();
    EXPECT_EQ(check(), outcome::same);
    EXPECT_NE(subject->password_fingerprint(), known);
    std::uint64_t now = subject->password_fingerprint();
    // Rehashed by a login before the next check.
    EXPECT_EQ(log_in(stronger), now);
    EXPECT_EQ(check(), outcome::same);
    EXPECT_EQ(subject->password_fingerprint(), now);
}

} // namespace
} // namespace auth
