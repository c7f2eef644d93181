// What a login tells the audit log.

#include "login_fixture.h"

#include <gtest/gtest.h>

#include <string>

namespace auth {
namespace {

class login_refusal : public login_test
{
protected:
    std::string why(const std::string& name, const std::string& password)
    {
        EXPECT_EQ(result(name, password), outcome::refused);
        EXPECT_FALSE(subject->store_failed());
        EXPECT_FALSE(subject->rehashed());
        return std::string(subject->refusal());
    }
};

TEST_F(login_refusal, names_the_reason)
{
    store.add("eve", hashed(composed)).disabled = true;
    store.add("broken", "no hash");
    EXPECT_EQ(why("alice", "wrong"), "wrong password");
    EXPECT_EQ(why("alice", "\xff"), "wrong password");
    EXPECT_EQ(why("nobody", "secret word"), "unknown user");
    EXPECT_EQ(why("eve", composed), "disabled");
    EXPECT_EQ(why("eve", decomposed), "disabled");
    EXPECT_EQ(why("eve", "wrong"), "wrong password");
    EXPECT_EQ(why("broken", composed), "unusable hash");
    EXPECT_EQ(why("broken", decomposed), "unusable hash");
    for (const char* name : {"", " alice", "a\nb"}) {
        EXPECT_EQ(why(name, "secret word"), "unusable name");
    }
    store.next_find = store_answer{code::unusable, "password is a number"};
    EXPECT_EQ(why("alice", "secret word"), "unusable document");
}

TEST_F(login_refusal, tells_a_stored_hash_from_one_that_could_not_be)
{
    store.add("bob", hashed("word", weaker));
    store.next_replace = store_answer{code::unavailable, "read-only"};
    EXPECT_EQ(result("bob", "word"), outcome::accepted);
    EXPECT_FALSE(subject->rehashed());
    EXPECT_TRUE(subject->store_failed());

    EXPECT_EQ(result("bob", "word"), outcome::accepted);
    EXPECT_TRUE(subject->rehashed());
    EXPECT_FALSE(subject->store_failed());

    EXPECT_EQ(result("bob", "word"), outcome::accepted);
    EXPECT_FALSE(subject->rehashed());
}

TEST_F(login_refusal, tells_a_store_that_failed_from_a_user_who_changed)
{
    store.next_find = store_answer{code::unavailable, "down"};
    EXPECT_EQ(result("alice", "secret word"), outcome::unavailable);
    EXPECT_TRUE(subject->store_failed());

    store.add("bob", hashed("word", weaker));
    store.before_call = [&] {
        if (store.calls.back() == "replace_password bob") {
            store.users.pop_back();
        }
    };
    EXPECT_EQ(result("bob", "word"), outcome::overtaken);
    EXPECT_FALSE(subject->store_failed());
}

} // namespace
} // namespace auth
