#include "account/password_fingerprint.h"
#include "login_fixture.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace auth {
namespace {

class login_rehash : public login_test
{
};

TEST_F(login_rehash, weak_hash_is_replaced)
{
    store.add("bob", hashed("word", weaker));
    EXPECT_EQ(result("bob", "word"), outcome::accepted);
    EXPECT_EQ(passed, long_way);
    EXPECT_EQ(subject->detail(), "");
    EXPECT_TRUE(subject->user().password.empty());
    EXPECT_EQ(store.calls, (std::vector<std::string>{"find bob", "find bob",
                                                     "replace_password bob"}));
    EXPECT_EQ(argon2_spy::calls.size(), 2U);
    EXPECT_FALSE(needs_rehash(store.users[1].password.view(), cost));

    EXPECT_EQ(result("bob", "word"), outcome::accepted);
    EXPECT_EQ(store.calls, (std::vector<std::string>{"find bob", "find bob"}));
    // A wrong password replaces nothing.
    store.add("carol", hashed("word", weaker));
    EXPECT_EQ(result("carol", "x"), outcome::refused);
    EXPECT_EQ(passed, short_way);
}

TEST_F(login_rehash, strong_hash_is_kept)
{
    store.add("bob", hashed("word", stronger));
    EXPECT_EQ(result("bob", "word"), outcome::accepted);
    EXPECT_EQ(store.calls, (std::vector<std::string>{"find bob", "find bob"}));
}

TEST_F(login_rehash, new_hash_is_of_the_normal_form)
{
    store.add("zoe", hashed(decomposed, weaker));
    EXPECT_EQ(result("zoe", decomposed), outcome::accepted);
    EXPECT_EQ(passed, long_way);
    EXPECT_EQ(verify_password(composed, store.users[1].password.view()),
              verdict::match);
    EXPECT_EQ(result("zoe", decomposed), outcome::accepted);
    EXPECT_EQ(result("zoe", composed), outcome::accepted);
}

TEST_F(login_rehash, hashes_of_other_kinds_become_argon2)
{
    // By Werkzeug and Python's bcrypt; the last two of the decomposed text.
    const struct {
        std::string password, stored;
    } others[] = {
        {"hunter2",
         "scrypt:32768:8:1$sjXK6nnpb0ROEk5z$"
         "de9389f8953b0593c2297cfaa30980b34dacd14809b7c5362efdd939e059e6f5"
         "8c9cfd3810547da8e08ab07374fac8170b00c21aef2357ec384b18d6af8a2829"},
        {"hunter2",
         "$2b$04$sHsilID9614d8tn4oe4YY.Xo9Ot.6LT4TxYwUH/LfRI/iN5zOmpDK"},
        {decomposed,
         "pbkdf2:sha256:1000$le0wBTGpGxZp3WfZ$"
         "5ca721e2b34a4886b6ef12d094b7959782e32019e8a51bf955ec9023fdf3f2ed"},
        {decomposed,
         "$2b$04$Mj.eL5XS0K41KA12vAecFevxLjkZircwF72DoaUYmRJuPRy6aLptK"},
    };
    for (const auto& each : others) {
        store.users.clear();
        store.add("bob", each.stored);
        EXPECT_EQ(result("bob", each.password + "x"), outcome::refused);
        EXPECT_TRUE(argon2_spy::calls.empty()) << "their own hash, no dummy";
        EXPECT_EQ(result("bob", each.password), outcome::accepted);
        EXPECT_EQ(passed, long_way);
        EXPECT_FALSE(needs_rehash(store.users[0].password.view(), cost));
        EXPECT_EQ(subject->password_fingerprint(),
                  password_fingerprint(each.stored));
        EXPECT_EQ(result("bob", each.password), outcome::accepted);
        EXPECT_FALSE(subject->rehashed());
        EXPECT_EQ(subject->password_fingerprint(),
                  password_fingerprint(each.stored));
    }
    // Of the decomposed text, the new hash is of form C.
    EXPECT_EQ(result("bob", composed), outcome::accepted);
}

TEST_F(login_rehash, a_hash_that_cannot_be_replaced_stops_nobody)
{
    store.add("bob", hashed("word", weaker));
    for (code status : {code::unavailable, code::unknown}) {
        store.next_replace = store_answer{status, "read-only"};
        EXPECT_EQ(result("bob", "word"), outcome::accepted);
        EXPECT_EQ(subject->user().username, "bob");
        EXPECT_TRUE(subject->user().password.empty());
        EXPECT_EQ(subject->detail(),
                  "user \"bob\" keeps a weak password hash: read-only");
    }
    // Memory for the new hash is not to be had.
    argon2_spy::fail_after = 1;
    EXPECT_EQ(result("bob", "word"), outcome::accepted);
    EXPECT_FALSE(subject->rehashed());
    EXPECT_NE(subject->detail().find("keeps a weak password hash"),
              std::string::npos);
    EXPECT_TRUE(subject->user().password.empty());
}

TEST_F(login_rehash, password_changed_meanwhile_makes_no_session)
{
    store.add("bob", hashed("word", weaker));
    store.before_call = [&] {
        if (store.calls.back() == "replace_password bob") {
            store.users[1].password = secret(hashed("new word"));
        }
    };
    EXPECT_EQ(result("bob", "word"), outcome::overtaken);
    EXPECT_EQ(subject->user().id, "");
    EXPECT_EQ(subject->detail(),
              "user \"bob\" has changed while a login was under way");
    store.before_call = nullptr;
    EXPECT_EQ(result("bob", "word"), outcome::refused);
    EXPECT_EQ(result("bob", "new word"), outcome::accepted);

    store.add("carol", hashed("word", weaker));
    store.before_call = [&] {
        if (store.calls.back() == "replace_password carol") {
            store.users.pop_back();
        }
    };
    EXPECT_EQ(result("carol", "word"), outcome::overtaken);
}

TEST_F(login_rehash, of_two_logins_at_once_both_are_accepted)
{
    store.add("bob", hashed("word", weaker));
    std::uint64_t known = password_fingerprint(store.users[1]);
    std::string winner;
    store.before_call = [&] {
        if (store.calls.back() == "replace_password bob") {
            stored_user& bob = store.users[1];
            winner = hashed("word");
            bob.password_origin = origin_of_rehash(bob, winner);
            bob.password = secret(winner);
        }
    };
    EXPECT_EQ(result("bob", "word"), outcome::accepted);
    EXPECT_EQ(store.calls,
              (std::vector<std::string>{"find bob", "find bob",
                                        "replace_password bob", "find bob"}));
    EXPECT_EQ(subject->user().username, "bob");
    EXPECT_TRUE(subject->user().password.empty());
    EXPECT_EQ(subject->detail(), "");
    EXPECT_EQ(subject->password_fingerprint(), known);
    EXPECT_EQ(store.users[1].password.view(), winner);
}

TEST_F(login_rehash, another_rehash_helps_nobody_who_is_gone)
{
    store.add("bob", hashed("word", weaker));
    stored_user& bob = store.users[1];
    const std::string id = bob.id;
    const std::string weak(bob.password.view());
    auto reset = [&] {
        bob.id = id;
        bob.disabled = false;
        bob.epoch = 0;
        bob.password = secret(weak);
        bob.password_origin.clear();
    };
    const std::function<void()> changes[] = {
        [&] { bob.disabled = true; },
        [&] { bob.id = new_user_id(); },
        [&] { ++bob.epoch; },
        [&] {
            store.next_find = store_answer{code::absent, {}};
        },
        [&] { bob.password = secret(hashed("new word")); },
    };
    for (const auto& change : changes) {
        reset();
        store.before_call = [&] {
            if (store.calls.back() == "replace_password bob") {
                std::string winner = hashed("word");
                bob.password_origin = origin_of_rehash(bob, winner);
                bob.password = secret(winner);
                change();
            }
        };
        EXPECT_EQ(result("bob", "word"), outcome::overtaken);
        EXPECT_EQ(subject->user().id, "");
    }
}

} // namespace
} // namespace auth
