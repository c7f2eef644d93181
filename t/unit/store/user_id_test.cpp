#include "store/user_store.h"

#include <ctime>
#include <gtest/gtest.h>
#include <set>

TEST(user_id_test, is_24_small_digits_that_begin_with_the_second)
{
    auto before = static_cast<unsigned long>(std::time(nullptr));
    std::string id = auth::new_user_id();
    auto after = static_cast<unsigned long>(std::time(nullptr));
    EXPECT_TRUE(auth::is_user_id(id)) << id;
    unsigned long second = std::stoul(id.substr(0, 8), nullptr, 16);
    EXPECT_GE(second, before);
    EXPECT_LE(second, after);
}

TEST(user_id_test, never_comes_twice)
{
    std::set<std::string> ids;
    for (int i = 0; i < 100000; ++i) {
        ids.insert(auth::new_user_id());
    }
    EXPECT_EQ(ids.size(), 100000U);
}

TEST(user_id_test, tells_ids_from_other_texts)
{
    EXPECT_TRUE(auth::is_user_id("0123456789abcdef01234567"));
    EXPECT_FALSE(auth::is_user_id(""));
    EXPECT_FALSE(auth::is_user_id("0123456789abcdef0123456"));
    EXPECT_FALSE(auth::is_user_id("0123456789abcdef012345678"));
    EXPECT_FALSE(auth::is_user_id("0123456789ABCDEF01234567"));
    EXPECT_FALSE(auth::is_user_id("0123456789abcdef0123456g"));
    EXPECT_FALSE(
        auth::is_user_id(std::string_view("0123456789abcdef\0001234567", 24)));
}
