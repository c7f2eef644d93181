#include "base/secret.h"
#include "base/wiped_string.h"

#include <gtest/gtest.h>
#include <string>
#include <utility>

using auth::secret;

TEST(secret_test, holds_its_own_copy)
{
    std::string source("a\0b", 3);
    secret kept(source);
    source.assign("xyz");
    EXPECT_EQ(kept.view(), std::string_view("a\0b", 3));
    EXPECT_FALSE(kept.empty());
    EXPECT_EQ(kept.copy().view(), kept.view());
}

TEST(secret_test, can_be_empty)
{
    EXPECT_TRUE(secret().empty());
    EXPECT_TRUE(secret("").empty());
    EXPECT_EQ(secret().view(), "");
    EXPECT_TRUE(secret().copy().empty());
}

TEST(secret_test, is_empty_once_moved_from)
{
    secret first("one");
    secret second(std::move(first));
    EXPECT_TRUE(first.empty()); // NOLINT: that is what is tested
    EXPECT_EQ(first.view(), "");
    EXPECT_EQ(second.view(), "one");

    secret third("three");
    third = std::move(second);
    EXPECT_TRUE(second.empty()); // NOLINT
    EXPECT_EQ(third.view(), "one");

    secret& same = third;
    third = std::move(same);
    EXPECT_EQ(third.view(), "one");
}

TEST(secret_test, wiping_overwrites)
{
    std::string bytes = "password";
    auth::wipe_memory(bytes.data(), bytes.size());
    EXPECT_EQ(bytes, std::string(8, '\0'));
    auth::wipe_memory(nullptr, 0);
}

TEST(secret_test, overwrites_what_it_held)
{
    // Assignment wipes before it frees, and the allocator tends to give the
    // same block again.
    secret kept(std::string(40, 'k'));
    const char* held = kept.view().data();
    secret other("other");
    const std::string before(held, 40);
    EXPECT_EQ(before, std::string(40, 'k'));
    kept = std::move(other);
    auto again = std::make_unique<char[]>(40);
    if (again.get() == held) {
        EXPECT_EQ(std::string(again.get(), 40).find("kkkk"), std::string::npos);
    }
}

TEST(secret_test, wiped_strings_take_over_each_others_memory)
{
    // A copy would stay behind, and nobody would wipe it.
    auth::wiped_string from(40, 's');
    const char* held = from.data();
    auth::wiped_string to;
    to = std::move(from);
    EXPECT_EQ(to.data(), held);

    const auth::wiping_allocator<char> allocator;
    const auth::wiping_allocator<int> of_others;
    const auth::wiping_allocator<char> other(of_others);
    EXPECT_TRUE(allocator == other);
    EXPECT_FALSE(allocator != other);
}
