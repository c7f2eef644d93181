#include "login_fixture.h"

#include <gtest/gtest.h>

#include <new>
#include <stdexcept>

namespace auth {
namespace {

TEST_F(login_test, accepts_the_right_password)
{
    login& done = run("alice", "secret word");
    EXPECT_EQ(done.result(), outcome::accepted);
    EXPECT_EQ(done.user().username, "alice");
    EXPECT_EQ(done.user().id, store.users[0].id);
    EXPECT_EQ(done.user().roles, store.users[0].roles);
    EXPECT_TRUE(done.user().password.empty());
    EXPECT_EQ(done.detail(), "");
    EXPECT_EQ(passed, long_way);
    EXPECT_EQ(store.calls,
              (std::vector<std::string>{"find alice", "find alice"}));
    EXPECT_EQ(argon2_spy::calls.size(), 1U);
    done.run();
    EXPECT_EQ(done.result(), outcome::accepted);
    EXPECT_EQ(store.calls.size(), 2U);
}

TEST_F(login_test, is_undecided_until_the_last_stage)
{
    login attempt(store, dummies, cost, "alice", secret("secret word"));
    EXPECT_EQ(attempt.next(), stage::store);
    EXPECT_EQ(attempt.result(), outcome::unavailable);
    attempt.run();
    EXPECT_EQ(attempt.next(), stage::hash);
    EXPECT_EQ(attempt.result(), outcome::unavailable);
    attempt.run();
    EXPECT_EQ(attempt.next(), stage::store);
    EXPECT_EQ(attempt.result(), outcome::unavailable);
    attempt.run();
    EXPECT_EQ(attempt.next(), stage::done);
    EXPECT_EQ(attempt.result(), outcome::accepted);
}

TEST_F(login_test, refuses_the_wrong_password)
{
    for (std::string password : {"Secret word", "secret word ", "", "x"}) {
        login& done = run("alice", password);
        EXPECT_EQ(done.result(), outcome::refused);
        EXPECT_EQ(done.user().username, "");
        EXPECT_TRUE(done.user().password.empty());
        EXPECT_EQ(passed, short_way);
        EXPECT_EQ(done.detail(), "");
    }
}

TEST_F(login_test, asks_for_the_typed_and_the_folded_name_at_once)
{
    EXPECT_EQ(result("Alice", "secret word"), outcome::accepted);
    EXPECT_EQ(subject->user().username, "alice");
    EXPECT_EQ(store.calls,
              (std::vector<std::string>{"find Alice alice", "find alice"}));

    store.add("Bob", hashed("other word"));
    EXPECT_EQ(result("Bob", "other word"), outcome::accepted);
    EXPECT_EQ(result("bob", "other word"), outcome::refused);
    store.add("bob", hashed("third word"));
    EXPECT_EQ(result("Bob", "other word"), outcome::accepted);
    EXPECT_EQ(result("Bob", "third word"), outcome::refused);
    EXPECT_EQ(result("BOB", "third word"), outcome::accepted);
}

TEST_F(login_test, takes_as_many_hashes_whoever_is_refused)
{
    store.add("disabled", hashed("secret word")).disabled = true;
    store.add("broken", "not a hash");
    store.add("huge", "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$"
                      "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4");
    const argon2_spy::call call{argon2_spy::library::libsodium, cost.memory_kib,
                                cost.time, 1, 1};
    struct {
        std::string password;
        std::vector<argon2_spy::call> expected;
    } kinds[] = {{"wrong", {call}},
                 {"", {call}},
                 {"\xff", {call}},
                 {composed, {call}},
                 {decomposed, {call, call}}};

    for (std::string name : {"alice", "ALICE", "nobody", "disabled", "broken",
                             "huge", "", " x", "a\r\nb", "\xff"}) {
        for (const auto& kind : kinds) {
            EXPECT_EQ(result(name, kind.password), outcome::refused) << name;
            EXPECT_EQ(argon2_spy::calls, kind.expected)
                << name << " " << kind.password;
            EXPECT_EQ(passed, short_way);
            EXPECT_EQ(subject->user().id, "");
        }
    }
}

TEST_F(login_test, disabled_user_is_refused_with_the_right_password)
{
    auto& user = store.add("eve", hashed(composed));
    user.disabled = true;
    EXPECT_EQ(result("eve", composed), outcome::refused);
    EXPECT_EQ(argon2_spy::calls.size(), 1U);
    EXPECT_EQ(subject->detail(),
              "user \"eve\" is disabled, the password was right");
    EXPECT_EQ(subject->user().username, "");
    // The right password takes as long as a wrong one in this spelling.
    EXPECT_EQ(result("eve", decomposed), outcome::refused);
    EXPECT_EQ(argon2_spy::calls.size(), 2U);

    // No new hash for a disabled user.
    store.add("mallory", hashed("word", weaker)).disabled = true;
    EXPECT_EQ(result("mallory", "word"), outcome::refused);
    EXPECT_EQ(passed, short_way);
}

TEST_F(login_test, composed_and_decomposed_both_log_in)
{
    store.add("rene", hashed(composed));
    EXPECT_EQ(result("rene", composed), outcome::accepted);
    EXPECT_EQ(argon2_spy::calls.size(), 1U);
    EXPECT_EQ(result("rene", decomposed), outcome::accepted);
    EXPECT_EQ(argon2_spy::calls.size(), 1U) << "form C is tried first";

    // A hash made elsewhere, of the bytes as typed.
    store.add("zoe", hashed(decomposed));
    EXPECT_EQ(result("zoe", decomposed), outcome::accepted);
    EXPECT_EQ(argon2_spy::calls.size(), 2U);
    EXPECT_EQ(result("zoe", composed), outcome::refused);
}

TEST_F(login_test, passwords_are_not_cut_and_need_no_policy)
{
    std::string password(8000, 'x');
    store.add("long", hashed(password));
    store.add("short", hashed("a"));
    store.add("empty", hashed(""));
    store.add("tabs", hashed("a\tb"));
    EXPECT_EQ(result("long", password), outcome::accepted);
    EXPECT_EQ(result("long", password.substr(1)), outcome::refused);
    EXPECT_EQ(result("short", "a"), outcome::accepted);
    EXPECT_EQ(result("empty", ""), outcome::accepted);
    EXPECT_EQ(result("tabs", "a\tb"), outcome::accepted);
}

TEST_F(login_test, password_that_is_no_utf8_is_refused)
{
    store.add("latin", hashed("caf\xe9"));
    EXPECT_EQ(result("latin", "caf\xe9"), outcome::refused);
    EXPECT_EQ(argon2_spy::calls.size(), 1U);
}

TEST_F(login_test, impossible_names_never_reach_the_store)
{
    store.add(" alice", hashed("secret word"));
    store.add("a\nb", hashed("secret word"));
    store.add(std::string(129, 'a'), hashed("secret word"));
    for (std::string name :
         {std::string(), std::string(" alice"), std::string("a\nb"),
          std::string(129, 'a'), std::string("a\0b", 3), std::string("\xff")}) {
        EXPECT_EQ(result(name, "secret word"), outcome::refused);
        // One query, as for others, but for nobody's name.
        EXPECT_EQ(store.calls, std::vector<std::string>{"find  "});
        EXPECT_EQ(passed, short_way);
        EXPECT_EQ(subject->detail().find('\n'), std::string::npos);
        EXPECT_NE(subject->detail().find("cannot log in"), std::string::npos);
    }
    // Nobody has such a name: it may be a password in the wrong field.
    EXPECT_EQ(run("a\nb", "x").detail(),
              "user (not shown, 3 bytes) cannot log in: a user name has 1 to "
              "128 bytes "
              "of valid UTF-8 without control characters or outer spaces");
}

TEST_F(login_test, store_failure_costs_no_hash)
{
    for (code status : {code::unavailable, code::unknown, code::changed}) {
        store.next_find = store_answer{status, "store is down"};
        EXPECT_EQ(result("alice", "secret word"), outcome::unavailable);
        EXPECT_EQ(passed, stages{stage::store});
        EXPECT_TRUE(argon2_spy::calls.empty());
        EXPECT_EQ(subject->detail(), "store is down");
        EXPECT_EQ(subject->user().id, "");
    }
}

TEST_F(login_test, unusable_documents_are_refused_and_logged)
{
    store.next_find = store_answer{code::unusable, "password is a number"};
    EXPECT_EQ(result("alice", "secret word"), outcome::refused);
    EXPECT_EQ(argon2_spy::calls.size(), 1U);
    EXPECT_EQ(subject->detail(), "password is a number");

    store.add("broken", "secret word");
    EXPECT_EQ(result("broken", "secret word"), outcome::refused);
    EXPECT_EQ(argon2_spy::calls.size(), 1U);
    EXPECT_EQ(
        subject->detail(),
        "user \"broken\" cannot log in: the stored password is no hash of a "
        "known kind");

    store.add("costly", "$2b$31$sHsilID9614d8tn4oe4YY."
                        "Xo9Ot.6LT4TxYwUH/LfRI/iN5zOmpDK");
    EXPECT_EQ(result("costly", "secret word"), outcome::refused);
    EXPECT_EQ(subject->detail(),
              "user \"costly\" cannot log in: the stored password is a hash "
              "of kind bcrypt whose cost is too high");
}

TEST_F(login_test, an_exception_ends_it_without_an_outcome)
{
    for (std::string name : {"alice", "nobody"}) {
        login attempt(store, dummies, cost, name, secret("secret word"));
        attempt.run();
        argon2_spy::fail_after = 0;
        EXPECT_THROW(attempt.run(), std::runtime_error);
        EXPECT_EQ(attempt.next(), stage::done);
        EXPECT_EQ(attempt.result(), outcome::unavailable);
    }
    store.before_call = [] { throw std::bad_alloc(); };
    login two(store, dummies, cost, "alice", secret("secret word"));
    EXPECT_THROW(two.run(), std::bad_alloc);
    EXPECT_EQ(two.next(), stage::done);
    EXPECT_EQ(two.result(), outcome::unavailable);
}

TEST_F(login_test, details_hold_no_secret)
{
    store.add("weak", hashed("hunter2 hunter2", weaker));
    store.add("off", hashed("hunter2 hunter2")).disabled = true;
    store.add("bad", "hunter2 hunter2");
    for (std::string name : {"weak", "off", "bad", "nobody", " x"}) {
        store.next_replace = store_answer{code::unavailable, "down"};
        run(name, "hunter2 hunter2");
        EXPECT_EQ(subject->detail().find("hunter2"), std::string::npos);
        EXPECT_EQ(subject->detail().find("$argon2"), std::string::npos);
    }
}

} // namespace
} // namespace auth
