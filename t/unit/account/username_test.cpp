#include "account/username.h"

#include <gtest/gtest.h>

namespace auth {
namespace {

using problem = username_problem;

TEST(username, folding_changes_ascii_capitals_only)
{
    EXPECT_EQ(fold_username("Jane.DOE@Example-1_Z"), "jane.doe@example-1_z");
    EXPECT_EQ(fold_username("[@`{\xc3\x89"), "[@`{\xc3\x89");
    EXPECT_EQ(fold_username(std::string_view("A\0B", 3)),
              std::string("a\0b", 3));
    EXPECT_EQ(fold_username(""), "");
}

TEST(username, new_names_follow_the_rule)
{
    for (std::string name :
         {"bob", "0x0", "jane.doe@example.org", "a_b+c-d", "a..b", "123"}) {
        EXPECT_EQ(check_new_username(name), problem::none) << name;
    }
    EXPECT_EQ(check_new_username(""), problem::missing);
    EXPECT_EQ(check_new_username("a"), problem::too_short);
    EXPECT_EQ(check_new_username("ab"), problem::too_short);
    EXPECT_EQ(check_new_username(std::string(64, 'a')), problem::none);
    EXPECT_EQ(check_new_username(std::string(65, 'a')), problem::too_long);
    for (std::string name : {".ab", "ab.", "_ab", "ab_", "@ab", "ab@", "+ab",
                             "ab+", "-ab", "ab-", "..."}) {
        EXPECT_EQ(check_new_username(name), problem::bad_edge) << name;
    }
}

TEST(username, every_other_byte_is_refused_in_new_names)
{
    const std::string allowed = "abcdefghijklmnopqrstuvwxyz0123456789._@+-";
    for (int byte = 0; byte < 256; ++byte) {
        char c = static_cast<char>(byte);
        auto expected = allowed.find(c) == std::string::npos
                            ? problem::bad_character
                            : problem::none;
        EXPECT_EQ(check_new_username(std::string("a") + c + "b"), expected)
            << byte;
    }
    EXPECT_EQ(check_new_username("\xc3\xa9"), problem::bad_character);
}

TEST(username, problems_are_described)
{
    EXPECT_EQ(describe(problem::none), "");
    EXPECT_EQ(describe(problem::missing), "Choose a user name.");
    EXPECT_EQ(describe(problem::too_short), "Use 3 to 64 characters.");
    EXPECT_EQ(describe(problem::too_long), "Use 3 to 64 characters.");
    EXPECT_EQ(describe(problem::bad_character),
              "Use letters a to z, digits and . _ @ + - only.");
    EXPECT_EQ(describe(problem::bad_edge),
              "Begin and end with a letter or digit.");
}

TEST(username, who_can_log_in)
{
    for (std::string name :
         {"a", "Jane Doe", "\xd0\x91\xd0\xbe\xd1\x80\xd0\xb8\xd1\x81",
          "<script>", "a\"b\\c", "{\"$ne\":1}"}) {
        EXPECT_TRUE(can_log_in(name)) << name;
    }
    EXPECT_TRUE(can_log_in(std::string(128, 'a')));

    EXPECT_FALSE(can_log_in(""));
    EXPECT_FALSE(can_log_in(std::string(129, 'a')));
    EXPECT_FALSE(can_log_in(std::string(64 * 1024, 'a')));
    for (std::string name : {" ", " a", "a ", "a\tb", "a\r\nb", "a\x7f",
                             "a\xc2\x85", "a\xff", "a\xc3"}) {
        EXPECT_FALSE(can_log_in(name)) << name;
    }
    EXPECT_FALSE(can_log_in(std::string_view("a\0b", 3)));
}

TEST(username, unknown_in_a_log_is_shown_only_if_it_could_be_registered)
{
    EXPECT_EQ(unknown_name_for_log("jane.doe"), "\"jane.doe\"");
    EXPECT_EQ(unknown_name_for_log("Jane"), "\"Jane\"");
    for (const char* text : {"", "ab", "correct horse", "Tr0ub4dor&3", "x ",
                             "Ren\xc3\xa9", "-jane", "a\nb"}) {
        EXPECT_EQ(unknown_name_for_log(text),
                  "(not shown, " +
                      std::to_string(std::string_view(text).size()) +
                      " bytes)");
    }
}

} // namespace
} // namespace auth
