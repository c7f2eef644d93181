// What is computed for those who are refused, in a store with hashes of several
// kinds and costs.

#include "../hash_spies/legacy_hash_spy.h"
#include "account/hash_count.h"
#include "login_fixture.h"

#include <gtest/gtest.h>

#include <map>

namespace auth {
namespace {

const std::map<std::string, std::string> stored{
    {"argon", "$argon2id$v=19$m=128,t=3,p=1$c29tZXNhbHQ$"
              "nf65EOgLrQMR/uIPnA4rEsF5h7TKyQwu9U1bMCHGi/4"},
    {"scrypt", "scrypt:16:1:2$salt$" + std::string(128, 'a')},
    {"pbkdf2", "pbkdf2:sha256:1000$salt$" + std::string(64, 'a')},
    {"bcrypt", "$2b$04$sHsilID9614d8tn4oe4YY.Xo9Ot.6LT4TxYwUH/LfRI/iN5zOmpDK"},
};
const std::map<std::string, std::string> expected{
    {"argon", "argon2 128 3"},
    {"scrypt", "scrypt:16:1:2"},
    {"pbkdf2", "pbkdf2:256:1000"},
    {"bcrypt", "$2b$04"},
};

class login_dummy_test : public login_test
{
protected:
    void SetUp() override
    {
        for (int i = 0; i < 10; ++i) {
            for (const auto& [kind, hash] : stored) {
                const std::string number = std::to_string(i);
                store.add(kind + number, hash);
                store.add("off-" + kind + number, hash).disabled = true;
            }
        }
        store.add("broken", "no hash");
        count_hashes(store, dummies, [] { return true; });
        TearDown();
    }
    void TearDown() override
    {
        argon2_spy::reset();
        legacy_hash_spy::reset();
    }

    /// What a login that is refused computes.
    std::string work(const std::string& name,
                     const std::string& password = "wrong", int times = 1)
    {
        legacy_hash_spy::reset();
        EXPECT_EQ(result(name, password), outcome::refused);
        EXPECT_EQ(passed, short_way);
        EXPECT_EQ(store.calls.size(), 1U);
        EXPECT_EQ(legacy_hash_spy::calls +
                      static_cast<int>(argon2_spy::calls.size()),
                  times);
        if (argon2_spy::calls.empty()) {
            return legacy_hash_spy::last;
        }
        const auto& call = argon2_spy::calls.back();
        return "argon2 " + std::to_string(call.memory_kib) + " " +
               std::to_string(call.time);
    }
};

TEST_F(login_dummy_test, users_have_their_own_hash_checked)
{
    for (const auto& [kind, asked] : expected) {
        for (const char* i : {"0", "9"}) {
            EXPECT_EQ(work(kind + i), asked);
            EXPECT_EQ(work("off-" + kind + i), asked);
            EXPECT_EQ(work("OFF-" + kind + i), asked);
            EXPECT_EQ(work(kind + i, decomposed, 2), asked);
            EXPECT_EQ(work("off-" + kind + i, decomposed, 2), asked);
        }
    }
}

TEST_F(login_dummy_test, unknown_names_have_a_kind_that_is_stored)
{
    std::map<std::string, int> counted;
    for (int i = 0; i < 400; ++i) {
        ++counted[work("nobody" + std::to_string(i))];
    }
    EXPECT_EQ(counted.size(), expected.size());
    for (const auto& [kind, asked] : expected) {
        EXPECT_NEAR(counted[asked], 100, 35) << kind;
    }
}

TEST_F(login_dummy_test, an_unknown_name_keeps_its_kind)
{
    const std::string control("a\nb");
    const std::string endless(8000, 'a');
    for (const std::string& name :
         {std::string("nobody"), std::string("somebody"), control, endless,
          std::string(), std::string(" x"), std::string("\xff"),
          std::string("broken")}) {
        const std::string first = work(name);
        for (int i = 0; i < 3; ++i) {
            EXPECT_EQ(work(name), first);
        }
        EXPECT_EQ(work(name, decomposed, 2), first);
        EXPECT_EQ(work(name, "\xff"), first);
    }
    EXPECT_EQ(work("NoBody"), work("nobody"));
}

TEST_F(login_dummy_test, no_login_counts)
{
    work("nobody");
    work("argon0");
    EXPECT_EQ(store.counts, 1) << "that of SetUp()";
}

} // namespace
} // namespace auth
