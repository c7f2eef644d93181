#include "password_change_fixture.h"

#include <gtest/gtest.h>

#include <functional>
#include <new>
#include <string>

namespace auth::password_change_cases {
namespace {

class password_change_failure : public password_change_test
{
};

TEST_F(password_change_failure, users_who_cannot_log_in_are_gone)
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
              "locked: it begins with \"!\", which no hash does");
    alice().username = "Alice";
    gone({stage::store});
    store.users.clear();
    gone({stage::store});
}

TEST_F(password_change_failure, store_failures)
{
    for (code status : {code::unavailable, code::unknown}) {
        store.next_find = store_answer{status, "store is down"};
        EXPECT_EQ(result(old_word, new_word), outcome::unavailable);
        EXPECT_EQ(passed, stages{stage::store});
        EXPECT_TRUE(subject->store_failed());
        EXPECT_EQ(subject->detail(), "store is down");
    }
    store.next_replace = store_answer{code::unavailable, "read-only"};
    EXPECT_EQ(result(old_word, new_word), outcome::unavailable);
    EXPECT_EQ(subject->detail(), "read-only");
    store.next_replace = store_answer{code::unusable, "no text"};
    EXPECT_EQ(result(old_word, new_word), outcome::unavailable);
    store.next_replace = store_answer{code::unknown, "connection lost"};
    EXPECT_EQ(result(old_word, new_word), outcome::unknown);
    EXPECT_TRUE(subject->store_failed());
    EXPECT_EQ(subject->detail(), "connection lost");
    store.next_replace = store_answer{code::absent, {}};
    EXPECT_EQ(result(old_word, new_word), outcome::unavailable);
    EXPECT_TRUE(is_password(old_word));
}

TEST_F(password_change_failure, of_two_at_once_one_wins)
{
    store.before_call = [&] {
        if (store.calls.back() == "change_password alice") {
            alice().password = secret(hashed("third word"));
        }
    };
    EXPECT_EQ(result(old_word, new_word), outcome::overtaken);
    EXPECT_EQ(subject->password_fingerprint(), password_fingerprint(alice()));
    EXPECT_EQ(subject->detail(), "user \"alice\" has changed while a change of "
                                 "the password was under way");
    EXPECT_FALSE(subject->store_failed()) << "somebody else was faster";
    EXPECT_TRUE(is_password("third word"));
}

TEST_F(password_change_failure, a_session_of_an_older_password_changes_nothing)
{
    const session_user before = session_of(alice().id, "alice");
    alice().password = secret(hashed(new_word));
    argon2_spy::calls.clear();
    // Not even what either password is can be asked.
    for (const std::string& current : {old_word, new_word}) {
        password_change late(store, cost, policy, before, secret(current),
                             secret("third word"));
        late.run();
        EXPECT_EQ(late.next(), stage::done);
        EXPECT_EQ(late.result(), outcome::overtaken);
        EXPECT_EQ(late.password_fingerprint(), password_fingerprint(alice()));
    }
    EXPECT_TRUE(argon2_spy::calls.empty());
}

TEST_F(password_change_failure, a_session_of_a_lower_epoch_changes_nothing)
{
    const session_user before = session_of(alice().id, "alice");
    ++alice().epoch; // logged out everywhere
    password_change late(store, cost, policy, before, secret(old_word),
                         secret(new_word));
    late.run();
    EXPECT_EQ(late.result(), outcome::overtaken);
    EXPECT_EQ(late.epoch(), 1);
    EXPECT_EQ(late.password_fingerprint(), before.password);
    EXPECT_TRUE(is_password(old_word));
}

TEST_F(password_change_failure, what_happens_meanwhile_is_looked_at)
{
    const std::string hash = hashed(old_word);
    const struct {
        std::function<void()> happens;
        outcome expected;
        bool store_failed;
    } cases[] = {
        // A login has only made another hash.
        {[&] {
             std::string other = hashed(old_word);
             alice().password_origin = origin_of_rehash(alice(), other);
             alice().password = secret(other);
         },
         outcome::unavailable, false},
        {[&] {
             store.next_replace = store_answer{code::changed, {}};
             store.next_find = store_answer{code::unavailable, "down"};
         },
         outcome::unavailable, true},
        {[&] {
             store.next_replace = store_answer{code::absent, {}};
             store.next_find = store_answer{code::absent, {}};
         },
         outcome::gone, false},
        {[&] { ++alice().epoch; }, outcome::overtaken, false},
        {[&] {
             alice().password = secret(hashed("third word"));
             alice().disabled = true;
         },
         outcome::gone, false},
    };
    for (const auto& meanwhile : cases) {
        alice().password = secret(hash);
        alice().password_origin.clear();
        alice().disabled = false;
        alice().epoch = 0;
        store.before_call = [&] {
            if (store.calls.back() == "change_password alice") {
                meanwhile.happens();
            }
        };
        EXPECT_EQ(result(old_word, new_word), meanwhile.expected);
        EXPECT_EQ(subject->store_failed(), meanwhile.store_failed);
        EXPECT_FALSE(is_password(new_word));
    }
}

TEST_F(password_change_failure,
       an_exception_says_whether_something_may_be_stored)
{
    auto ends = [&](int stages_before, outcome expected) {
        password_change change(store, cost, policy,
                               session_of(alice().id, "alice"),
                               secret(old_word), secret(new_word));
        for (int i = 0; i < stages_before; ++i) {
            change.run();
        }
        EXPECT_ANY_THROW(change.run());
        EXPECT_EQ(change.next(), stage::done);
        EXPECT_EQ(change.result(), expected);
        argon2_spy::reset();
    };
    for (int hashes_before : {0, 1}) {
        argon2_spy::fail_after = hashes_before;
        ends(1, outcome::unavailable);
    }
    store.before_call = [&] {
        if (store.calls.back() == "change_password alice") {
            throw std::bad_alloc();
        }
    };
    ends(2, outcome::unknown);
    store.before_call = [] { throw std::bad_alloc(); };
    ends(0, outcome::unavailable);
    EXPECT_TRUE(is_password(old_word));
}

TEST_F(password_change_failure, details_hold_no_secret)
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
} // namespace auth::password_change_cases
