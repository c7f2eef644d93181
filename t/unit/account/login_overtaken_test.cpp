// The hash may have waited long for its turn: what was read before it is looked
// at again.

#include "account/password_fingerprint.h"
#include "login_fixture.h"

#include <functional>
#include <new>

namespace auth {
namespace {

class login_overtaken : public login_test
{
protected:
    /// Something that happens while the hash waits.
    void SetUp() override
    {
        login_test::SetUp();
        store.before_call = [this] {
            if (store.calls.size() == 2 && happens) {
                happens();
            }
        };
    }

    stored_user& alice() { return store.users[0]; }

    std::function<void()> happens;
};

TEST_F(login_overtaken, a_user_who_has_changed_gets_no_session)
{
    const std::string id = alice().id;
    const std::function<void()> changes[] = {
        [&] { alice().password = secret(hashed("new word")); },
        [&] { alice().password = secret("!"); },
        [&] { alice().disabled = true; },
        [&] { alice().id = new_user_id(); },
        [&] { ++alice().epoch; },
        [&] {
            store.next_find = store_answer{code::absent, {}};
        },
        [&] {
            store.next_find = store_answer{code::unusable, "a number"};
        },
    };
    const std::string stored(alice().password.view());
    for (const auto& change : changes) {
        alice().password = secret(stored);
        alice().disabled = false;
        alice().id = id;
        alice().epoch = 3;
        happens = nullptr;
        ASSERT_EQ(result("alice", "secret word"), outcome::accepted);
        ASSERT_EQ(subject->user().epoch, 3);
        happens = change;
        EXPECT_EQ(result("alice", "secret word"), outcome::overtaken);
        EXPECT_EQ(subject->user().id, "");
        EXPECT_FALSE(subject->store_failed());
        EXPECT_EQ(subject->detail(),
                  "user \"alice\" has changed while a login was under way");
    }
}

TEST_F(login_overtaken, what_is_no_reason)
{
    happens = [&] {
        alice().roles = {"other"};
        std::string rehash = hashed("secret word");
        alice().password_origin = origin_of_rehash(alice(), rehash);
        alice().password = secret(rehash);
    };
    EXPECT_EQ(result("alice", "secret word"), outcome::accepted);
}

TEST_F(login_overtaken, without_an_answer_nobody_logs_in)
{
    happens = [&] {
        store.next_find = store_answer{code::unavailable, "down"};
    };
    EXPECT_EQ(result("alice", "secret word"), outcome::unavailable);
    EXPECT_TRUE(subject->store_failed());
    EXPECT_EQ(subject->detail(), "down");
    EXPECT_EQ(subject->user().id, "");
}

TEST_F(login_overtaken, an_exception_ends_it_without_an_outcome)
{
    for (const char* call : {"find bob", "replace_password bob"}) {
        store.users.clear();
        store.add("bob", hashed("word", weaker));
        store.calls.clear();
        store.before_call = [&, call] {
            if (store.calls.size() > 1 && store.calls.back() == call) {
                throw std::bad_alloc();
            }
        };
        login attempt(store, dummies, cost, "bob", secret("word"));
        attempt.run();
        attempt.run();
        EXPECT_THROW(attempt.run(), std::bad_alloc);
        EXPECT_EQ(attempt.next(), stage::done);
        EXPECT_EQ(attempt.result(), outcome::unavailable);
    }
}

} // namespace
} // namespace auth
