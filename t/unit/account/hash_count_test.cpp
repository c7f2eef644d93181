#include "account/hash_count.h"
#include "fake_user_store.h"

#include <gtest/gtest.h>

namespace auth {
namespace {

const std::string scrypt = "scrypt:16:1:2$salt$" + std::string(128, 'a');

class hash_count_test : public testing::Test
{
protected:
    store_answer count()
    {
        return count_hashes(store, dummies, [] { return true; });
    }

    fake_user_store store;
    dummy_hashes dummies{{64, 2, 1}, secret("a key")};
};

TEST_F(hash_count_test, counts_what_is_in_the_store)
{
    EXPECT_TRUE(count().done());
    store.add("alice", scrypt);
    EXPECT_TRUE(count().done());
    EXPECT_EQ(dummies.pick("bob"), blank_hash(scrypt));
}

TEST_F(hash_count_test, answers_as_the_store_and_keeps_nothing_of_a_failure)
{
    const std::string usual = dummies.pick("bob");
    store.add("alice", scrypt);
    store.next_count = store_answer{fake_user_store::code::unavailable, "no"};
    EXPECT_EQ(count().detail, "no");
    EXPECT_EQ(dummies.pick("bob"), usual);
}

TEST_F(hash_count_test, is_done_where_it_was_told_to_stop)
{
    store.add("alice", scrypt);
    EXPECT_TRUE(count_hashes(store, dummies, [] { return false; }).has_value());
}

} // namespace
} // namespace auth
