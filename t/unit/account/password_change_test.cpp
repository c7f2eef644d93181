#include "account/password_fingerprint.h"
#include "password_change_fixture.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace auth::password_change_cases {
namespace {

TEST_F(password_change_test, replaces_the_password)
{
    EXPECT_EQ(result(old_word, new_word), outcome::changed);
    EXPECT_EQ(passed, whole);
    EXPECT_EQ(store.calls, (strings{"find alice", "change_password alice"}));
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

TEST_F(password_change_test, raises_the_epoch_in_the_same_write)
{
    alice().epoch = 41;
    EXPECT_EQ(result(old_word, new_word), outcome::changed);
    EXPECT_EQ(alice().epoch, 42);
    EXPECT_EQ(subject->epoch(), 42);
    EXPECT_EQ(result(new_word, "short"), outcome::invalid);
    EXPECT_EQ(alice().epoch, 42);
}

TEST_F(password_change_test, is_undecided_until_the_last_stage)
{
    password_change change(store, cost, policy, session_of(alice().id, "alice"),
                           secret(old_word), secret(new_word));
    for (stage next : whole) {
        EXPECT_EQ(change.next(), next);
        EXPECT_EQ(change.result(), outcome::unavailable);
        change.run();
    }
    EXPECT_EQ(change.next(), stage::done);
    EXPECT_EQ(change.result(), outcome::changed);
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
    for (const auto& each : cases) {
        EXPECT_EQ(result(old_word, each.wanted), outcome::invalid)
            << each.wanted;
        EXPECT_EQ(subject->new_password_error(), each.error);
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

} // namespace
} // namespace auth::password_change_cases
