#include "../hash_spies/argon2_spy.h"
#include "account/login.h"
#include "account/registration.h"
#include "fake_user_store.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

namespace auth {
namespace {

using stage = operation::stage;
using outcome = registration::outcome;
using code = store_answer::code;
using stages = std::vector<stage>;
using strings = std::vector<std::string>;

constexpr hash_cost cost{64, 1, 1};

const std::string good = "lamp river copper";

class registration_test : public testing::Test
{
protected:
    void SetUp() override { argon2_spy::reset(); }
    void TearDown() override { argon2_spy::reset(); }

    registration& run(const std::string& name, const std::string& password,
                      bool reserved = false)
    {
        argon2_spy::calls.clear();
        store.calls.clear();
        passed.clear();
        subject.emplace(store, cost, policy, reserved, name, secret(password));
        while (subject->next() != stage::done) {
            passed.push_back(subject->next());
            subject->run();
        }
        return *subject;
    }

    outcome result(const std::string& name, const std::string& password,
                   bool reserved = false)
    {
        return run(name, password, reserved).result();
    }

    bool can_log_in_with(const std::string& name, const std::string& password)
    {
        dummy_hashes dummies(cost, secret("a key"));
        login attempt(store, dummies, cost, name, secret(password));
        while (attempt.next() != stage::done) {
            attempt.run();
        }
        return attempt.result() == login::outcome::accepted;
    }

    fake_user_store store;
    password_policy policy;
    stages passed;
    std::optional<registration> subject;
};

TEST_F(registration_test, stores_a_new_user)
{
    registration& done = run("Jane.Doe", good);
    EXPECT_EQ(done.result(), outcome::registered);
    EXPECT_EQ(passed, (stages{stage::store, stage::hash, stage::store}));
    EXPECT_EQ(store.calls, (strings{"is_taken jane.doe", "insert jane.doe"}));
    EXPECT_EQ(done.user().username, "jane.doe");
    EXPECT_EQ(done.user().id.size(), 24U);
    EXPECT_TRUE(done.user().password.empty());
    EXPECT_EQ(done.username_error(), "");
    EXPECT_EQ(done.password_error(), "");
    EXPECT_EQ(done.detail(), "");
    ASSERT_EQ(store.users.size(), 1U);
    EXPECT_EQ(store.users[0].username, "jane.doe");
    EXPECT_EQ(store.users[0].id, done.user().id);
    EXPECT_FALSE(store.users[0].disabled);
    EXPECT_FALSE(needs_rehash(store.users[0].password.view(), cost));
    EXPECT_EQ(argon2_spy::calls.size(), 1U);
    EXPECT_TRUE(can_log_in_with("JANE.DOE", good));
    EXPECT_FALSE(can_log_in_with("jane.doe", good + " "));
    done.run();
    EXPECT_EQ(store.users.size(), 1U);
}

TEST_F(registration_test, password_is_stored_in_form_c)
{
    const std::string decomposed = "cafe\xcc\x81 lamp river";
    const std::string composed = "caf\xc3\xa9 lamp river";
    EXPECT_EQ(result("rene", decomposed), outcome::registered);
    EXPECT_EQ(verify_password(composed, store.users[0].password.view()),
              verdict::match);
    EXPECT_TRUE(can_log_in_with("rene", composed));
    EXPECT_TRUE(can_log_in_with("rene", decomposed));

    // Lengths are those of form C.
    policy = {8, 8, 0};
    EXPECT_EQ(result("eight", "1234567e\xcc\x81"), outcome::registered);
}

TEST_F(registration_test, tells_what_is_wrong_at_each_field)
{
    const std::string choose_name = "Choose a user name.";
    const std::string choose_password = "Choose a password.";
    const std::string name_length = "Use 3 to 64 characters.";
    const std::string too_short = "Use at least 8 characters.";
    struct {
        std::string name, password, name_error, password_error;
    } cases[] = {
        {"", "", choose_name, choose_password},
        {"", good, choose_name, ""},
        {"bob", "", "", choose_password},
        {"bo", good, name_length, ""},
        {std::string(65, 'a'), good, name_length, ""},
        {"bob!", good, "Use letters a to z, digits and . _ @ + - only.", ""},
        {".bob", good, "Begin and end with a letter or digit.", ""},
        {"bo", "short", name_length, too_short},
        {"bob", "short", "", too_short},
        {"bob", std::string(129, 'x'), "", "Use at most 128 characters."},
        {"bob", std::string(8000, 'x'), "", "Use at most 128 characters."},
        {"bob", "caf\xe9 lamp river", "",
         "This password could not be read. Type it again."},
        {"bob", "lamp\triver copper", "",
         "Leave out tabs, line breaks and other control characters."},
        // The strength of a password is not even looked at.
        {"bo", "password", name_length, ""},
    };
    for (const auto& each : cases) {
        EXPECT_EQ(result(each.name, each.password), outcome::invalid);
        EXPECT_EQ(subject->username_error(), each.name_error) << each.name;
        EXPECT_EQ(subject->password_error(), each.password_error)
            << each.password;
        EXPECT_EQ(passed, stages{stage::store});
        EXPECT_TRUE(store.calls.empty());
        EXPECT_TRUE(argon2_spy::calls.empty());
    }
    EXPECT_TRUE(store.users.empty());
}

/// To estimate a strength takes as long as a hash, so it is done in that
/// stage, and only for a name that is free.
TEST_F(registration_test, strength_is_estimated_where_hashes_are)
{
    struct {
        std::string name, password, reason;
    } cases[] = {
        {"bob", "password", "it is a common password"},
        {"Jane.Doe", "jane.doe", "it contains your user name"},
        {"bob", std::string(48, '4'), "it repeats itself"},
    };
    for (const auto& weak : cases) {
        EXPECT_EQ(result(weak.name, weak.password), outcome::invalid);
        EXPECT_EQ(subject->password_error(),
                  "This password is too easy to guess: " + weak.reason +
                      ". Add another word or two.");
        EXPECT_EQ(subject->username_error(), "");
        EXPECT_EQ(passed, (stages{stage::store, stage::hash}));
        EXPECT_TRUE(subject->has_looked_up());
        EXPECT_TRUE(argon2_spy::calls.empty());
    }
    store.add("bob", "x");
    EXPECT_EQ(result("bob", "password"), outcome::taken);
    EXPECT_EQ(subject->password_error(), "");
    EXPECT_EQ(passed, stages{stage::store});
    EXPECT_EQ(store.users.size(), 1U);
}

TEST_F(registration_test, lengths_at_the_limits)
{
    policy.strength = 0;
    EXPECT_EQ(result("seven", std::string(7, 'x')), outcome::invalid);
    EXPECT_EQ(result("eight", std::string(8, 'x')), outcome::registered);
    EXPECT_EQ(result("sixtyfour", std::string(64, 'x')), outcome::registered);
    std::string longest(128, 'x');
    EXPECT_EQ(result("longest", longest), outcome::registered);
    EXPECT_EQ(result("longer", longest + "x"), outcome::invalid);
    EXPECT_TRUE(can_log_in_with("longest", longest));
    EXPECT_FALSE(can_log_in_with("longest", longest.substr(1)));
}

TEST_F(registration_test, taken_names_cost_no_hash)
{
    store.add("Bob", "x");
    for (std::string name : {"bob", "Bob", "BOB"}) {
        EXPECT_EQ(result(name, good), outcome::taken);
        EXPECT_EQ(passed, stages{stage::store});
        EXPECT_EQ(store.calls, strings{"is_taken bob"});
        EXPECT_TRUE(argon2_spy::calls.empty());
    }
    EXPECT_EQ(store.users.size(), 1U);
}

TEST_F(registration_test, reserved_names_are_answered_as_taken)
{
    EXPECT_EQ(result("admin", good, true), outcome::taken);
    EXPECT_EQ(store.calls, strings{"is_taken admin"});
    EXPECT_EQ(passed, stages{stage::store});
    EXPECT_EQ(subject->username_error(), "");
    // What is wrong elsewhere is told first, as for any taken name.
    EXPECT_EQ(result("admin", "short", true), outcome::invalid);
    store.next_is_taken = store_answer{code::unavailable, "down"};
    EXPECT_EQ(result("admin", good, true), outcome::unavailable);
    EXPECT_TRUE(store.users.empty());
}

TEST_F(registration_test, says_from_when_on_a_name_may_have_been_told)
{
    registration attempt(store, cost, policy, false, "bob", secret(good));
    EXPECT_FALSE(attempt.has_looked_up());
    attempt.run();
    EXPECT_EQ(attempt.next(), stage::hash);
    EXPECT_TRUE(attempt.has_looked_up());

    EXPECT_EQ(result("bob", "short"), outcome::invalid);
    EXPECT_FALSE(subject->has_looked_up());
    EXPECT_EQ(result("admin", good, true), outcome::taken);
    EXPECT_TRUE(subject->has_looked_up());
    store.add("bob", "x");
    EXPECT_EQ(result("bob", good), outcome::taken);
    EXPECT_TRUE(subject->has_looked_up());
    store.next_is_taken = store_answer{code::unavailable, "down"};
    EXPECT_EQ(result("bob", good), outcome::unavailable);
    EXPECT_FALSE(subject->has_looked_up());
}

TEST_F(registration_test, a_race_for_the_name_has_one_winner)
{
    store.before_call = [&] {
        if (store.calls.back() == "insert bob" && store.users.empty()) {
            store.add("bob", "x");
        }
    };
    EXPECT_EQ(result("bob", good), outcome::taken);
    EXPECT_EQ(store.users.size(), 1U);
    EXPECT_TRUE(subject->user().password.empty());
}

TEST_F(registration_test, store_failures)
{
    for (code status : {code::unavailable, code::unknown, code::unusable}) {
        store.next_is_taken = store_answer{status, "no index"};
        EXPECT_EQ(result("bob", good), outcome::unavailable);
        EXPECT_EQ(subject->detail(), "no index");
        EXPECT_TRUE(argon2_spy::calls.empty());
    }
    store.next_insert = store_answer{code::unavailable, "read-only"};
    EXPECT_EQ(result("bob", good), outcome::unavailable);
    EXPECT_EQ(subject->detail(), "read-only");
    store.next_insert = store_answer{code::unknown, "connection lost"};
    EXPECT_EQ(result("bob", good), outcome::unknown);
    EXPECT_EQ(subject->detail(), "connection lost");
    EXPECT_TRUE(store.users.empty());
}

TEST_F(registration_test, an_exception_says_whether_something_may_be_stored)
{
    auto ends = [&](registration& attempt, int stages_before,
                    outcome expected) {
        for (int i = 0; i < stages_before; ++i) {
            attempt.run();
        }
        EXPECT_ANY_THROW(attempt.run());
        EXPECT_EQ(attempt.next(), stage::done);
        EXPECT_EQ(attempt.result(), expected);
    };
    {
        registration attempt(store, cost, policy, false, "bob", secret(good));
        argon2_spy::fail_after = 0;
        ends(attempt, 1, outcome::unavailable);
    }
    {
        registration attempt(store, cost, policy, false, "bob", secret(good));
        attempt.run();
        attempt.run();
        argon2_spy::no_random = true; // for the id
        ends(attempt, 0, outcome::unavailable);
        argon2_spy::no_random = false;
    }
    store.before_call = [&] {
        if (store.calls.back() == "insert bob") {
            throw std::bad_alloc();
        }
    };
    registration attempt(store, cost, policy, false, "bob", secret(good));
    ends(attempt, 2, outcome::unknown);
    EXPECT_TRUE(store.users.empty());
}

} // namespace
} // namespace auth
