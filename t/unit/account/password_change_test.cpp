#include "account/login.h"
#include "account/password_change.h"
#include "account/password_fingerprint.h"
#include "argon2_spy.h"
#include "fake_user_store.h"

#include <gtest/gtest.h>

#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace auth {
namespace {

using stage = operation::stage;
using outcome = password_change::outcome;
using code = store_answer::code;
using stages = std::vector<stage>;
using strings = std::vector<std::string>;

constexpr hash_cost cost{64, 2, 1};

const std::string old_word = "lamp river copper";
const std::string new_word = "basil under thunder";
const std::string composed = "caf\xc3\xa9 lamp river";
const std::string decomposed = "cafe\xcc\x81 lamp river";

const stages whole{stage::store, stage::hash, stage::store};
const stages short_way{stage::store, stage::hash};

std::string hashed(const std::string& password, const hash_cost& with = cost)
{
    return std::string(hash_password(password, with).view());
}

class password_change_test : public testing::Test
{
protected:
    void SetUp() override
    {
        argon2_spy::reset();
        store.add("alice", hashed(old_word));
    }
    void TearDown() override { argon2_spy::reset(); }

    stored_user& alice() { return store.users[0]; }

    password_change& run(const std::string& id, const std::string& name,
                         const std::string& current, const std::string& wanted)
    {
        argon2_spy::calls.clear();
        store.calls.clear();
        passed.clear();
        subject.emplace(store, cost, policy, id, name, secret(current),
                        secret(wanted));
        while (subject->next() != stage::done) {
            passed.push_back(subject->next());
            subject->run();
        }
        return *subject;
    }

    outcome result(const std::string& current, const std::string& wanted)
    {
        return run(alice().id, alice().username, current, wanted).result();
    }

    bool is_password(const std::string& password)
    {
        return verify_password(password, alice().password.view()) ==
               verdict::match;
    }

    fake_user_store store;
    password_policy policy;
    stages passed;
    std::optional<password_change> subject;
};

TEST_F(password_change_test, replaces_the_password)
{
    EXPECT_EQ(result(old_word, new_word), outcome::changed);
    EXPECT_EQ(passed, whole);
    EXPECT_EQ(store.calls, (strings{"find alice", "replace_password alice"}));
    EXPECT_EQ(argon2_spy::calls.size(), 2U);
    EXPECT_EQ(subject->new_password_error(), "");
    EXPECT_EQ(subject->detail(), "");
    EXPECT_TRUE(is_password(new_word));
    EXPECT_FALSE(is_password(old_word));
    EXPECT_FALSE(needs_rehash(alice().password.view(), cost));
    subject->run();
    EXPECT_EQ(subject->result(), outcome::changed);
    EXPECT_EQ(store.calls.size(), 2U);
    EXPECT_EQ(result(new_word, old_word), outcome::changed);
}

TEST_F(password_change_test, gives_another_fingerprint)
{
    std::uint64_t before = password_fingerprint(alice());
    EXPECT_EQ(result(old_word, new_word), outcome::changed);
    EXPECT_NE(subject->password_fingerprint(), before);
    EXPECT_EQ(subject->password_fingerprint(), password_fingerprint(alice()));

    // Also where the hash was a rehash, whose note goes.
    std::string rehash = hashed(new_word);
    alice().password_origin = origin_of_rehash(alice(), rehash);
    alice().password = secret(rehash);
    before = password_fingerprint(alice());
    EXPECT_EQ(result(new_word, old_word), outcome::changed);
    EXPECT_EQ(alice().password_origin, "");
    EXPECT_NE(subject->password_fingerprint(), before);
    EXPECT_EQ(subject->password_fingerprint(), password_fingerprint(alice()));
}

TEST_F(password_change_test, is_undecided_until_the_last_stage)
{
    password_change one(store, cost, policy, alice().id, "alice",
                        secret(old_word), secret(new_word));
    for (stage next : whole) {
        EXPECT_EQ(one.next(), next);
        EXPECT_EQ(one.result(), outcome::unavailable);
        one.run();
    }
    EXPECT_EQ(one.next(), stage::done);
    EXPECT_EQ(one.result(), outcome::changed);
}

TEST_F(password_change_test, wrong_current_password)
{
    for (std::string current : {std::string(), std::string("x"), old_word + " ",
                                new_word, composed}) {
        EXPECT_EQ(result(current, new_word), outcome::wrong_current);
        EXPECT_EQ(passed, short_way);
        EXPECT_EQ(argon2_spy::calls.size(), 1U);
    }
    EXPECT_EQ(result(decomposed, new_word), outcome::wrong_current);
    EXPECT_EQ(argon2_spy::calls.size(), 2U);
    // Nothing is said about the new one.
    EXPECT_EQ(result("x", ""), outcome::wrong_current);
    EXPECT_EQ(result("x", "x"), outcome::wrong_current);
    EXPECT_EQ(subject->new_password_error(), "");
    EXPECT_TRUE(is_password(old_word));

    store.add("latin", hashed("caf\xe9"));
    EXPECT_EQ(run(store.users[1].id, "latin", "caf\xe9", new_word).result(),
              outcome::wrong_current);
}

TEST_F(password_change_test, invalid_new_password)
{
    const std::string same =
        "This is your current password. Choose another one.";
    const struct {
        std::string wanted, error;
    } cases[] = {
        {"", "Choose a password."},
        {"short", "Use at least 8 characters."},
        {std::string(129, 'x'), "Use at most 128 characters."},
        {"caf\xe9 lamp river",
         "This password could not be read. Type it again."},
        {"lamp\triver copper",
         "Leave out tabs, line breaks and other control characters."},
        {"password", "This password is too easy to guess: it is a common "
                     "password. Add another word or two."},
        {"alice1", "Use at least 8 characters."},
        {"alicealice", "This password is too easy to guess: it contains your "
                       "user name. Add another word or two."},
        {old_word, same},
    };
    for (const auto& one : cases) {
        EXPECT_EQ(result(old_word, one.wanted), outcome::invalid) << one.wanted;
        EXPECT_EQ(subject->new_password_error(), one.error);
        EXPECT_EQ(passed, short_way);
        EXPECT_EQ(argon2_spy::calls.size(), 1U);
    }
    EXPECT_TRUE(is_password(old_word));

    // The same in every spelling, and before the policy has its say.
    for (std::string stored : {composed, decomposed}) {
        alice().password = secret(hashed(stored));
        EXPECT_EQ(result(decomposed, composed), outcome::invalid);
        EXPECT_EQ(subject->new_password_error(), same);
        EXPECT_EQ(result(decomposed, decomposed), outcome::invalid);
        EXPECT_EQ(subject->new_password_error(), same);
    }
    alice().password = secret(hashed("weak"));
    EXPECT_EQ(result("weak", "weak"), outcome::invalid);
    EXPECT_EQ(subject->new_password_error(), same);
    EXPECT_EQ(result("weak", new_word), outcome::changed);
}

TEST_F(password_change_test, both_spellings_of_both_passwords)
{
    alice().password = secret(hashed(composed));
    EXPECT_EQ(result(decomposed, new_word), outcome::changed);
    alice().password = secret(hashed(decomposed));
    EXPECT_EQ(result(composed, new_word), outcome::wrong_current);
    EXPECT_EQ(result(decomposed, new_word), outcome::changed);
    EXPECT_EQ(argon2_spy::calls.size(), 3U);
    EXPECT_EQ(result(new_word, decomposed), outcome::changed);
    EXPECT_TRUE(is_password(composed));
}

TEST_F(password_change_test, hashes_of_other_kinds_can_be_changed)
{
    // hunter2, by Python's bcrypt
    alice().password =
        secret("$2b$04$sHsilID9614d8tn4oe4YY.Xo9Ot.6LT4TxYwUH/LfRI/iN5zOmpDK");
    EXPECT_EQ(result("hunter3", new_word), outcome::wrong_current);
    EXPECT_EQ(result("hunter2", new_word), outcome::changed);
    EXPECT_TRUE(is_password(new_word));
}

TEST_F(password_change_test, users_who_cannot_log_in_are_gone)
{
    const std::string id = alice().id;
    auto gone = [&](const stages& expected) {
        EXPECT_EQ(run(id, "alice", old_word, new_word).result(), outcome::gone);
        EXPECT_EQ(passed, expected);
        EXPECT_TRUE(argon2_spy::calls.empty());
    };
    alice().disabled = true;
    gone({stage::store});
    alice().disabled = false;
    alice().id = new_user_id();
    gone({stage::store});
    EXPECT_TRUE(is_password(old_word));
    alice().id = id;
    store.next_find = store_answer{code::unusable, "password is a number"};
    gone({stage::store});
    EXPECT_EQ(subject->detail(), "password is a number");
    alice().password = secret("!");
    gone(short_way);
    EXPECT_EQ(subject->detail(),
              "user \"alice\" cannot log in any more: the stored password is "
              "no hash that can be checked");
    alice().username = "Alice";
    gone({stage::store});
    store.users.clear();
    gone({stage::store});
}

TEST_F(password_change_test, store_failures)
{
    for (code status : {code::unavailable, code::unknown}) {
        store.next_find = store_answer{status, "store is down"};
        EXPECT_EQ(result(old_word, new_word), outcome::unavailable);
        EXPECT_EQ(passed, stages{stage::store});
        EXPECT_EQ(subject->detail(), "store is down");
    }
    store.next_replace = store_answer{code::unavailable, "read-only"};
    EXPECT_EQ(result(old_word, new_word), outcome::unavailable);
    EXPECT_EQ(subject->detail(), "read-only");
    store.next_replace = store_answer{code::unusable, "no text"};
    EXPECT_EQ(result(old_word, new_word), outcome::unavailable);
    store.next_replace = store_answer{code::unknown, "connection lost"};
    EXPECT_EQ(result(old_word, new_word), outcome::unknown);
    EXPECT_EQ(subject->detail(), "connection lost");
    store.next_replace = store_answer{code::absent, {}};
    EXPECT_EQ(result(old_word, new_word), outcome::unavailable);
    EXPECT_TRUE(is_password(old_word));
}

TEST_F(password_change_test, of_two_at_once_one_wins)
{
    store.before_call = [&] {
        if (store.calls.back() == "replace_password alice") {
            alice().password = secret(hashed("third word"));
        }
    };
    EXPECT_EQ(result(old_word, new_word), outcome::unavailable);
    EXPECT_EQ(subject->detail(), "user \"alice\" has changed while a change of "
                                 "the password was under way");
    EXPECT_TRUE(is_password("third word"));
}

TEST_F(password_change_test, an_exception_says_whether_something_may_be_stored)
{
    auto ends = [&](int stages_before, outcome expected) {
        password_change one(store, cost, policy, alice().id, "alice",
                            secret(old_word), secret(new_word));
        for (int i = 0; i < stages_before; ++i) {
            one.run();
        }
        EXPECT_ANY_THROW(one.run());
        EXPECT_EQ(one.next(), stage::done);
        EXPECT_EQ(one.result(), expected);
        argon2_spy::reset();
    };
    for (int hashes_before : {0, 1}) {
        argon2_spy::fail_after = hashes_before;
        ends(1, outcome::unavailable);
    }
    store.before_call = [&] {
        if (store.calls.back() == "replace_password alice") {
            throw std::bad_alloc();
        }
    };
    ends(2, outcome::unknown);
    store.before_call = [] { throw std::bad_alloc(); };
    ends(0, outcome::unavailable);
    EXPECT_TRUE(is_password(old_word));
}

TEST_F(password_change_test, details_hold_no_secret)
{
    for (code status : {code::changed, code::unavailable, code::unknown}) {
        store.next_replace = store_answer{status, "down"};
        result(old_word, new_word);
        EXPECT_EQ(subject->detail().find("lamp"), std::string::npos);
        EXPECT_EQ(subject->detail().find("basil"), std::string::npos);
        EXPECT_EQ(subject->detail().find("$argon2"), std::string::npos);
    }
}

} // namespace
} // namespace auth
