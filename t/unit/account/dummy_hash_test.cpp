#include "account/dummy_hash.h"
#include "fake_user_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <new>
#include <thread>

namespace auth {
namespace {

constexpr hash_cost cost{64, 2, 1};
const std::string usual = "$argon2id$v=19$m=64,t=2,p=1$"
                          "AAAAAAAAAAAAAAAAAAAAAA$"
                          "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const std::string scrypt = "scrypt:16:1:2$salt$" + std::string(128, 'a');
const std::string pbkdf2 = "pbkdf2:sha256:1000$salt$" + std::string(64, 'a');
const std::string bcrypt =
    "$2b$04$sHsilID9614d8tn4oe4YY.Xo9Ot.6LT4TxYwUH/LfRI/iN5zOmpDK";

class dummy_hash_test : public testing::Test
{
protected:
    void add(int users, const std::string& password)
    {
        for (int i = 0; i < users; ++i) {
            store.add("user" + std::to_string(store.users.size()), password);
        }
    }

    std::map<std::string, int> count(const dummy_hashes& of, int names) const
    {
        std::map<std::string, int> counted;
        for (int i = 0; i < names; ++i) {
            ++counted[of.pick("name" + std::to_string(i))];
        }
        return counted;
    }

    static bool go_on() { return true; }

    fake_user_store store;
    dummy_hashes dummies{cost, secret("a key")};
};

TEST_F(dummy_hash_test, is_of_the_configured_cost_before_users_are_known)
{
    EXPECT_EQ(dummies.pick("alice"), usual);
    EXPECT_TRUE(dummies.count(store, go_on).done());
    EXPECT_EQ(dummies.pick("alice"), usual);
}

TEST_F(dummy_hash_test, is_of_the_only_kind_that_is_stored)
{
    add(3, scrypt);
    add(2, "no hash");
    dummies.count(store, go_on);
    EXPECT_EQ(count(dummies, 100),
              (std::map<std::string, int>{{blank_hash(scrypt), 100}}));
}

TEST_F(dummy_hash_test, each_kind_is_taken_as_often_as_it_is_stored)
{
    add(60, scrypt);
    add(30, bcrypt);
    add(10, pbkdf2);
    dummies.count(store, go_on);
    std::map<std::string, int> counted = count(dummies, 20000);
    EXPECT_EQ(counted.size(), 3U);
    // Four standard deviations: 70, 65 and 42.
    EXPECT_NEAR(counted[blank_hash(scrypt)], 12000, 280);
    EXPECT_NEAR(counted[blank_hash(bcrypt)], 6000, 260);
    EXPECT_NEAR(counted[blank_hash(pbkdf2)], 2000, 170);
}

TEST_F(dummy_hash_test, a_name_keeps_its_kind_in_every_worker)
{
    add(50, scrypt);
    add(50, bcrypt);
    dummies.count(store, go_on);
    dummy_hashes other{cost, secret("a key")};
    std::reverse(store.users.begin(), store.users.end());
    other.count(store, go_on);
    for (int i = 0; i < 200; ++i) {
        const std::string name = "Name" + std::to_string(i);
        const std::string picked = dummies.pick(name);
        EXPECT_EQ(dummies.pick(name), picked);
        EXPECT_EQ(dummies.pick("nAME" + std::to_string(i)), picked);
        EXPECT_EQ(other.pick(name), picked);
    }
}

TEST_F(dummy_hash_test, who_has_another_key_cannot_tell_it)
{
    add(50, scrypt);
    add(50, bcrypt);
    dummies.count(store, go_on);
    dummy_hashes other{cost, secret("another key")};
    other.count(store, go_on);
    int same = 0;
    for (int i = 0; i < 1000; ++i) {
        const std::string name = "name" + std::to_string(i);
        same += dummies.pick(name) == other.pick(name);
    }
    EXPECT_NEAR(same, 500, 64);
}

TEST_F(dummy_hash_test, a_kind_that_grows_moves_only_what_it_gets)
{
    add(50, scrypt);
    add(50, bcrypt);
    dummies.count(store, go_on);
    std::vector<std::string> before;
    for (int i = 0; i < 1000; ++i) {
        before.push_back(dummies.pick("name" + std::to_string(i)));
    }
    add(25, pbkdf2);
    dummies.count(store, go_on);
    int moved = 0;
    for (int i = 0; i < 1000; ++i) {
        const std::string& old = before[static_cast<std::size_t>(i)];
        const std::string picked = dummies.pick("name" + std::to_string(i));
        moved += picked != old;
        EXPECT_TRUE(picked == old || picked == blank_hash(pbkdf2));
    }
    EXPECT_NEAR(moved, 200, 51);
}

TEST_F(dummy_hash_test, keeps_what_it_knows_while_the_store_fails)
{
    add(1, scrypt);
    store.next_count = store_answer{fake_user_store::code::unavailable, "no"};
    EXPECT_EQ(dummies.count(store, go_on).detail, "no");
    EXPECT_EQ(dummies.pick("alice"), usual);
    dummies.count(store, go_on);
    EXPECT_EQ(dummies.pick("alice"), blank_hash(scrypt));

    store.users.clear();
    add(5, bcrypt);
    store.next_count = store_answer{fake_user_store::code::unavailable, "no"};
    dummies.count(store, go_on);
    EXPECT_EQ(dummies.pick("alice"), blank_hash(scrypt));
    store.before_password = [] { throw std::bad_alloc(); };
    EXPECT_THROW(dummies.count(store, go_on), std::bad_alloc);
    EXPECT_EQ(dummies.pick("alice"), blank_hash(scrypt));
}

TEST_F(dummy_hash_test, is_counted_no_further_than_it_may_be)
{
    add(10, scrypt);
    int asked = 0;
    EXPECT_TRUE(dummies.count(store, [&] { return ++asked < 3; }).done());
    EXPECT_EQ(asked, 3);
    EXPECT_EQ(dummies.pick("alice"), usual);
}

TEST_F(dummy_hash_test, the_first_thousand_stand_for_all_at_first)
{
    add(1000, scrypt);
    add(1000, bcrypt);
    const std::string blank_scrypt = blank_hash(scrypt);
    int shown = 0;
    store.before_password = [&] {
        ++shown;
        EXPECT_EQ(dummies.pick("alice"), shown > 1000 ? blank_scrypt : usual);
    };
    dummies.count(store, go_on);
    EXPECT_EQ(count(dummies, 2000).size(), 2U);

    // Never again: what is known of all is better.
    store.users.clear();
    add(2000, pbkdf2);
    const std::string known = dummies.pick("alice");
    store.before_password = [&] { EXPECT_EQ(dummies.pick("alice"), known); };
    dummies.count(store, go_on);
    EXPECT_EQ(dummies.pick("alice"), blank_hash(pbkdf2));
}

TEST_F(dummy_hash_test, nobody_waits_for_a_count)
{
    add(1, scrypt);
    dummies.count(store, go_on);
    store.users.clear();
    add(1, bcrypt);
    std::atomic<bool> begun{false};
    std::atomic<bool> answer{false};
    store.before_password = [&] {
        begun = true;
        while (!answer) {
            std::this_thread::yield();
        }
    };
    std::thread slow([&] { dummies.count(store, go_on); });
    while (!begun) {
        std::this_thread::yield();
    }
    EXPECT_EQ(dummies.pick("alice"), blank_hash(scrypt));
    answer = true;
    slow.join();
    EXPECT_EQ(dummies.pick("alice"), blank_hash(bcrypt));
}

} // namespace
} // namespace auth
