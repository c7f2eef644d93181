#include "hash/dummy_hash.h"

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
    void add(std::size_t hashes, const std::string& hash)
    {
        stored.insert(stored.end(), hashes, hash);
    }

    void count(dummy_hashes& hashes)
    {
        hashes.count(read_all, [] { return true; });
    }

    static std::map<std::string, int> picked(const dummy_hashes& hashes,
                                             int names)
    {
        std::map<std::string, int> counted;
        for (int i = 0; i < names; ++i) {
            ++counted[hashes.pick("name" + std::to_string(i))];
        }
        return counted;
    }

    std::vector<std::string> stored;
    std::function<void()> before_hash; ///< runs before each that is shown
    bool fails = false;                ///< after all are shown
    const dummy_hashes::reader read_all =
        [this](const dummy_hashes::visitor& visit) {
            for (const std::string& hash : stored) {
                if (before_hash) {
                    before_hash();
                }
                if (!visit(hash)) {
                    break;
                }
            }
            return !fails;
        };
    dummy_hashes dummies{cost, secret("a key")};
};

TEST_F(dummy_hash_test, is_of_the_configured_cost_before_users_are_known)
{
    EXPECT_EQ(dummies.pick("alice"), usual);
    count(dummies);
    EXPECT_EQ(dummies.pick("alice"), usual);
}

TEST_F(dummy_hash_test, is_of_the_only_kind_that_is_stored)
{
    add(3, scrypt);
    add(2, "no hash");
    count(dummies);
    EXPECT_EQ(picked(dummies, 100),
              (std::map<std::string, int>{{blank_hash(scrypt), 100}}));
}

TEST_F(dummy_hash_test, each_kind_is_taken_as_often_as_it_is_stored)
{
    add(60, scrypt);
    add(30, bcrypt);
    add(10, pbkdf2);
    count(dummies);
    std::map<std::string, int> counted = picked(dummies, 20000);
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
    count(dummies);
    dummy_hashes other{cost, secret("a key")};
    std::reverse(stored.begin(), stored.end());
    count(other);
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
    count(dummies);
    dummy_hashes other{cost, secret("another key")};
    count(other);
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
    count(dummies);
    std::vector<std::string> before;
    for (int i = 0; i < 1000; ++i) {
        before.push_back(dummies.pick("name" + std::to_string(i)));
    }
    add(25, pbkdf2);
    count(dummies);
    int moved = 0;
    for (int i = 0; i < 1000; ++i) {
        const std::string& old = before[static_cast<std::size_t>(i)];
        const std::string picked = dummies.pick("name" + std::to_string(i));
        moved += picked != old;
        EXPECT_TRUE(picked == old || picked == blank_hash(pbkdf2));
    }
    EXPECT_NEAR(moved, 200, 51);
}

TEST_F(dummy_hash_test, keeps_what_it_knows_while_not_all_can_be_read)
{
    add(1, scrypt);
    fails = true;
    count(dummies);
    EXPECT_EQ(dummies.pick("alice"), usual);
    fails = false;
    count(dummies);
    EXPECT_EQ(dummies.pick("alice"), blank_hash(scrypt));

    stored.clear();
    add(5, bcrypt);
    fails = true;
    count(dummies);
    EXPECT_EQ(dummies.pick("alice"), blank_hash(scrypt));
    fails = false;
    before_hash = [] { throw std::bad_alloc(); };
    EXPECT_THROW(count(dummies), std::bad_alloc);
    EXPECT_EQ(dummies.pick("alice"), blank_hash(scrypt));
}

TEST_F(dummy_hash_test, is_counted_no_further_than_it_may_be)
{
    add(10, scrypt);
    int asked = 0;
    dummies.count(read_all, [&] { return ++asked < 3; });
    EXPECT_EQ(asked, 3);
    EXPECT_EQ(dummies.pick("alice"), usual);
}

TEST_F(dummy_hash_test, the_first_thousand_stand_for_all_at_first)
{
    add(1000, scrypt);
    add(1000, bcrypt);
    const std::string blank_scrypt = blank_hash(scrypt);
    int shown = 0;
    before_hash = [&] {
        ++shown;
        EXPECT_EQ(dummies.pick("alice"), shown > 1000 ? blank_scrypt : usual);
    };
    count(dummies);
    EXPECT_EQ(picked(dummies, 2000).size(), 2U);

    // Never again: what is known of all is better.
    stored.clear();
    add(2000, pbkdf2);
    const std::string known = dummies.pick("alice");
    before_hash = [&] { EXPECT_EQ(dummies.pick("alice"), known); };
    count(dummies);
    EXPECT_EQ(dummies.pick("alice"), blank_hash(pbkdf2));
}

TEST_F(dummy_hash_test, nobody_waits_for_a_count)
{
    add(1, scrypt);
    count(dummies);
    stored.clear();
    add(1, bcrypt);
    std::atomic<bool> begun{false};
    std::atomic<bool> answer{false};
    before_hash = [&] {
        begun = true;
        while (!answer) {
            std::this_thread::yield();
        }
    };
    std::thread slow([&] { count(dummies); });
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
