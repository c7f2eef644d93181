#include "base/text.h"

#include <gtest/gtest.h>

namespace auth {
namespace {

using parts = std::vector<std::string_view>;

TEST(text, is_split_into_all_parts)
{
    EXPECT_EQ(split("", ","), parts{""});
    EXPECT_EQ(split("a", ","), parts{"a"});
    EXPECT_EQ(split("a,,b", ","), (parts{"a", "", "b"}));
    EXPECT_EQ(split(",a,", ","), (parts{"", "a", ""}));
    EXPECT_EQ(split("a b\tc", " \t"), (parts{"a", "b", "c"}));
}

TEST(text, loses_a_part_at_its_front)
{
    std::string_view text = "a=b=c";
    EXPECT_EQ(take_part(text, "="), "a");
    EXPECT_EQ(take_part(text, "="), "b");
    EXPECT_EQ(take_part(text, "="), "c");
    EXPECT_EQ(text, "");
    EXPECT_EQ(take_part(text, "="), "");
}

TEST(text, loses_a_prefix_that_is_there)
{
    std::string_view text = "env:NAME";
    EXPECT_FALSE(take_prefix(text, "file:"));
    EXPECT_FALSE(take_prefix(text, "env:NAME2"));
    EXPECT_TRUE(take_prefix(text, "env:"));
    EXPECT_EQ(text, "NAME");
    EXPECT_TRUE(starts_with(text, ""));
    EXPECT_TRUE(ends_with(text, "ME"));
    EXPECT_FALSE(ends_with(text, "env:NAME"));
}

TEST(text, is_trimmed_at_both_ends)
{
    EXPECT_EQ(trim(" \ta b\t ", " \t"), "a b");
    EXPECT_EQ(trim("   ", " "), "");
    EXPECT_EQ(trim("", " "), "");
}

} // namespace
} // namespace auth
