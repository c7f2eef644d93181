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

    fake_user_store store;
    dummy_hashes dummies{cost, secret("a key")};
    dummy_hashes::clock::time_point now{std::chrono::hours(1)};
};

TEST_F(dummy_hash_test, is_of_the_configured_cost_before_users_are_known)
{
    EXPECT_EQ(dummies.pick("alice"), usual);
    EXPECT_EQ(dummies.refresh(store, now), "");
    EXPECT_EQ(store.samples, 1);
    EXPECT_EQ(dummies.pick("alice"), usual);
}

TEST_F(dummy_hash_test, is_of_the_only_kind_that_is_stored)
{
    add(3, scrypt);
    add(2, "no hash");
    dummies.refresh(store, now);
    EXPECT_EQ(count(dummies, 100),
              (std::map<std::string, int>{{blank_hash(scrypt), 100}}));
}

TEST_F(dummy_hash_test, each_kind_is_taken_as_often_as_it_is_stored)
{
    add(60, scrypt);
    add(30, bcrypt);
    add(10, pbkdf2);
    dummies.refresh(store, now);
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
    dummies.refresh(store, now);
    dummy_hashes other{cost, secret("a key")};
    std::reverse(store.users.begin(), store.users.end());
    other.refresh(store, now);
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
    dummies.refresh(store, now);
    dummy_hashes other{cost, secret("another key")};
    other.refresh(store, now);
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
    dummies.refresh(store, now);
    std::vector<std::string> before;
    for (int i = 0; i < 1000; ++i) {
        before.push_back(dummies.pick("name" + std::to_string(i)));
    }
    add(25, pbkdf2);
    dummies.refresh(store, now + dummy_hashes::of_few_users);
    int moved = 0;
    for (int i = 0; i < 1000; ++i) {
        const std::string& old = before[static_cast<std::size_t>(i)];
        const std::string picked = dummies.pick("name" + std::to_string(i));
        moved += picked != old;
        EXPECT_TRUE(picked == old || picked == blank_hash(pbkdf2));
    }
    EXPECT_NEAR(moved, 200, 51);
}

TEST_F(dummy_hash_test, looks_at_few_users_each_minute)
{
    const std::chrono::milliseconds moment(1);
    add(1, scrypt);
    dummies.refresh(store, now);
    dummies.refresh(store, now);
    dummies.refresh(store, now + dummy_hashes::of_few_users - moment);
    EXPECT_EQ(store.samples, 1);
    store.users.clear();
    add(1, bcrypt);
    dummies.refresh(store, now + dummy_hashes::of_few_users);
    EXPECT_EQ(store.samples, 2);
    EXPECT_EQ(dummies.pick("alice"), blank_hash(bcrypt));
}

TEST_F(dummy_hash_test, looks_at_many_users_each_ten_minutes)
{
    const std::chrono::milliseconds moment(1);
    add(2000, scrypt);
    dummies.refresh(store, now);
    dummies.refresh(store, now + dummy_hashes::of_many_users - moment);
    EXPECT_EQ(store.samples, 1);
    dummies.refresh(store, now + dummy_hashes::of_many_users);
    EXPECT_EQ(store.samples, 2);
}

TEST_F(dummy_hash_test, keeps_what_it_knows_while_the_store_fails)
{
    add(1, scrypt);
    store.next_sample = store_answer{fake_user_store::code::unavailable, "no"};
    EXPECT_EQ(dummies.refresh(store, now), "no");
    EXPECT_EQ(dummies.pick("alice"), usual);
    EXPECT_EQ(dummies.refresh(store, now), "") << "not asked again at once";
    EXPECT_EQ(store.samples, 1);
    now += dummy_hashes::pause;
    EXPECT_EQ(dummies.refresh(store, now), "");
    EXPECT_EQ(dummies.pick("alice"), blank_hash(scrypt));

    now += dummy_hashes::of_few_users;
    store.before_sample = [] { throw std::bad_alloc(); };
    EXPECT_THROW(dummies.refresh(store, now), std::bad_alloc);
    EXPECT_EQ(dummies.pick("alice"), blank_hash(scrypt));
    store.before_sample = nullptr;
    now += dummy_hashes::pause;
    dummies.refresh(store, now);
    EXPECT_EQ(store.samples, 4);
}

TEST_F(dummy_hash_test, of_many_threads_one_samples_and_all_know)
{
    add(1, scrypt);
    store.before_sample = [] {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
    };
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 16; ++i) {
        threads.emplace_back([&] {
            dummies.refresh(store, now);
            wrong += dummies.pick("alice") != blank_hash(scrypt);
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(wrong, 0);
    EXPECT_EQ(store.samples, 1);
}

TEST_F(dummy_hash_test, nobody_waits_for_a_later_sample)
{
    add(1, scrypt);
    dummies.refresh(store, now);
    store.users.clear();
    add(1, bcrypt);
    std::atomic<bool> begun{false};
    std::atomic<bool> answer{false};
    store.before_sample = [&] {
        begun = true;
        while (!answer) {
            std::this_thread::yield();
        }
    };
    now += dummy_hashes::of_few_users;
    std::thread slow([&] { dummies.refresh(store, now); });
    while (!begun) {
        std::this_thread::yield();
    }
    EXPECT_EQ(dummies.refresh(store, now), "");
    EXPECT_EQ(dummies.pick("alice"), blank_hash(scrypt));
    answer = true;
    slow.join();
    EXPECT_EQ(dummies.pick("alice"), blank_hash(bcrypt));
}

} // namespace
} // namespace auth
