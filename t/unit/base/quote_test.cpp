#include "base/quote.h"

#include <gtest/gtest.h>

namespace auth {
namespace {

TEST(quote, leaves_plain_names_readable)
{
    EXPECT_EQ(quoted_for_log("jane.doe@example.org"),
              "\"jane.doe@example.org\"");
    EXPECT_EQ(quoted_for_log("Ren\xc3\xa9"), "\"Ren\xc3\xa9\"");
    EXPECT_EQ(quoted_for_log(""), "\"\"");
}

TEST(quote, escapes_what_could_forge_a_log_line)
{
    EXPECT_EQ(quoted_for_log("a\r\n2026 [alert]"),
              "\"a\\x0d\\x0a2026 [alert]\"");
    EXPECT_EQ(quoted_for_log("a\"b\\c"), "\"a\\x22b\\x5cc\"");
    EXPECT_EQ(quoted_for_log(std::string_view("a\0b\x7f\x1b[0m", 8)),
              "\"a\\x00b\\x7f\\x1b[0m\"");
    EXPECT_EQ(quoted_for_log("a\xc2\x9bz"), "\"a\\xc2\\x9bz\""); // C1 control
    EXPECT_EQ(quoted_for_log("a\xffz"), "\"a\\xffz\"");
}

TEST(quote, cuts_long_names)
{
    EXPECT_EQ(quoted_for_log(std::string(128, 'a')),
              "\"" + std::string(128, 'a') + "\"");
    EXPECT_EQ(quoted_for_log(std::string(129, 'a')),
              "\"" + std::string(128, 'a') + "\"...");
}

TEST(quote, leaves_a_path_as_it_is)
{
    EXPECT_EQ(in_quotes("/a\"b"), "\"/a\"b\"");
}

} // namespace
} // namespace auth
