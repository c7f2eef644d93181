#include "account/quote.h"

#include <gtest/gtest.h>

namespace auth {
namespace {

TEST(quote, leaves_plain_names_readable)
{
    EXPECT_EQ(quote("jane.doe@example.org"), "\"jane.doe@example.org\"");
    EXPECT_EQ(quote("Ren\xc3\xa9"), "\"Ren\xc3\xa9\"");
    EXPECT_EQ(quote(""), "\"\"");
}

TEST(quote, escapes_what_could_forge_a_log_line)
{
    EXPECT_EQ(quote("a\r\n2026 [alert]"), "\"a\\x0d\\x0a2026 [alert]\"");
    EXPECT_EQ(quote("a\"b\\c"), "\"a\\x22b\\x5cc\"");
    EXPECT_EQ(quote(std::string_view("a\0b\x7f\x1b[0m", 8)),
              "\"a\\x00b\\x7f\\x1b[0m\"");
    EXPECT_EQ(quote("a\xc2\x9bz"), "\"a\\xc2\\x9bz\""); // C1 control
    EXPECT_EQ(quote("a\xffz"), "\"a\\xffz\"");
}

TEST(quote, cuts_long_names)
{
    EXPECT_EQ(quote(std::string(128, 'a')),
              "\"" + std::string(128, 'a') + "\"");
    EXPECT_EQ(quote(std::string(129, 'a')),
              "\"" + std::string(128, 'a') + "\"...");
}

TEST(quote, shows_an_unknown_name_only_if_it_could_be_registered)
{
    EXPECT_EQ(quote_unknown("jane.doe"), "\"jane.doe\"");
    EXPECT_EQ(quote_unknown("Jane"), "\"Jane\"");
    for (const char* text : {"", "ab", "correct horse", "Tr0ub4dor&3", "x ",
                             "Ren\xc3\xa9", "-jane", "a\nb"}) {
        EXPECT_EQ(quote_unknown(text),
                  "(not shown, " +
                      std::to_string(std::string_view(text).size()) +
                      " bytes)");
    }
}

} // namespace
} // namespace auth
