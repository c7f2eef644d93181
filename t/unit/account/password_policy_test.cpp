#include "account/password_policy.h"
#include "account/password_strength.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace auth {
namespace {

const std::string e_acute = "\xc3\xa9";

std::string check(std::string_view password,
                  std::string_view username = "jane.doe")
{
    return check_new_password(password, username, {});
}

std::string check_length(std::string_view password)
{
    return check_new_password(password, "jane.doe", {8, 128, 0});
}

std::string repeat(const std::string& text, int times)
{
    std::string result;
    for (int i = 0; i < times; ++i) {
        result += text;
    }
    return result;
}

TEST(password_policy, lengths_are_in_code_points)
{
    const std::string too_short = "Use at least 8 characters.";
    const std::string too_long = "Use at most 128 characters.";
    for (const std::string& character : {std::string("x"), e_acute}) {
        EXPECT_EQ(check_length(repeat(character, 7)), too_short);
        EXPECT_EQ(check_length(repeat(character, 8)), "");
        EXPECT_EQ(check_length(repeat(character, 64)), "");
        EXPECT_EQ(check_length(repeat(character, 128)), "");
        EXPECT_EQ(check_length(repeat(character, 129)), too_long);
    }
    EXPECT_EQ(check_length(repeat("x", 8000)), too_long);
    EXPECT_EQ(check_new_password("", "", {1, 1, 0}),
              "Use at least 1 character.");
    EXPECT_EQ(check_new_password("ab", "", {1, 1, 0}),
              "Use at most 1 character.");
}

TEST(password_policy, control_characters_are_refused)
{
    const std::string text =
        "Leave out tabs, line breaks and other control characters.";
    EXPECT_EQ(check("correct horse\tbattery"), text);
    EXPECT_EQ(check("correct horse battery\n"), text);
    EXPECT_EQ(check(std::string_view("correct\0horse battery", 21)), text);
    EXPECT_EQ(check("correct horse\xc2\x85 battery"), text);
    EXPECT_EQ(check("correct horse battery staple"), "");
}

TEST(password_policy, no_composition_rules)
{
    EXPECT_EQ(check("kjqzvnwphsmtbcx"), "");
    EXPECT_EQ(check("83920174650291"), "");
    EXPECT_EQ(check("lamp river copper song"), "");
}

TEST(password_policy, random_lower_case_letters_are_accepted)
{
    std::mt19937 random(20);
    for (int i = 0; i < 500; ++i) {
        std::string password;
        for (int n = 0; n < 15; ++n) {
            password += static_cast<char>('a' + random() % 26);
        }
        ASSERT_EQ(check(password), "") << password;
    }
}

TEST(password_policy, weak_passwords_are_refused_with_the_reason)
{
    struct {
        std::string password, reason;
    } weak[] = {
        {"password", "it is a common password"},
        {"12345678", "it is a common password"},
        {"drowssap", "it is a common password"},
        {"iloveyou1", "it contains a common word"},
        {"password1", "it contains a common word"},
        {"qwerty123", "it contains a common word"},
        {"P@ssw0rd", "it is a common word with some letters replaced"},
        {"aaaaaaaa", "it repeats itself"},
        {"xqxqxqxq", "it repeats itself"},
        {"abcdefgh", "it contains a sequence like abc or 123"},
        {"19840512", "it contains a date"},
        {"[poiuytr", "it follows the keys of the keyboard"},
        {"jane.doe", "it contains your user name"},
        {"Jane.Doe1", "it contains your user name"},
        {"eod.enaj", "it contains your user name"},
        {"janejane", "it contains your user name"},
    };
    for (const auto& [password, reason] : weak) {
        EXPECT_EQ(check(password), "This password is too easy to guess: " +
                                       reason + ". Add another word or two.")
            << password;
    }
}

TEST(password_policy, parts_of_the_user_name_count)
{
    const std::string name = "ottokar+news@example-site_x.org";
    const std::string reason = "This password is too easy to guess: it "
                               "contains your user name. Add another word or "
                               "two.";
    EXPECT_EQ(check("ottokar1", name), reason);
    EXPECT_EQ(check("0ttokar!", name), reason);
    EXPECT_EQ(check(name, name), reason);
    // A name inside a good password does no harm.
    EXPECT_EQ(check("ottokar lamp river copper", name), "");
    // Nor does a name that cannot be one.
    EXPECT_EQ(check("lamp river copper", ""), "");
    EXPECT_EQ(check("lamp river copper", "...."), "");
    EXPECT_EQ(check("lamp river copper", repeat("a.b@", 2000)), "");
}

TEST(password_policy, strength_is_configurable)
{
    auto at = [](const char* password, unsigned strength) {
        return check_new_password(password, "jane.doe", {8, 128, strength});
    };
    EXPECT_EQ(at("password", 0), "");
    EXPECT_NE(at("password", 1), "");
    EXPECT_EQ(at("19840512", 1), "");
    EXPECT_NE(at("19840512", 2), "");
    EXPECT_EQ(at("correcthorse", 2), "");
    EXPECT_NE(at("correcthorse", 3), "");
    EXPECT_EQ(at("kjqzvnwphsmtbcx", 4), "");
    // Weak without a pattern: there is no reason to tell.
    EXPECT_EQ(at("xq7zj", 0), "Use at least 8 characters.");
    EXPECT_EQ(check_new_password("\xc2\xa7", "", {1, 9, 2}),
              "This password is too easy to guess. Add another word or two.");
}

TEST(password_strength, scores_go_from_0_to_4)
{
    EXPECT_EQ(estimate_strength("password", "").score, 0U);
    EXPECT_EQ(estimate_strength("19840512", "").score, 1U);
    EXPECT_EQ(estimate_strength("correcthorse", "").score, 2U);
    EXPECT_EQ(estimate_strength("xkvmqz", "").score, 3U);
    EXPECT_EQ(estimate_strength("kjqzvnwphsmtbcx", "").score, 4U);
    EXPECT_EQ(estimate_strength("", "").score, 0U);
}

TEST(password_strength, characters_beyond_ascii_count_once)
{
    EXPECT_LT(estimate_strength(repeat(e_acute, 8), "").score, 2U);
    EXPECT_LT(estimate_strength(repeat("\xf0\x9f\x98\x80", 20), "").score, 2U);
    EXPECT_EQ(estimate_strength("\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1"
                                "\x8c \xd0\xbb\xd0\xb0\xd0\xbc\xd0\xbf\xd0\xb0",
                                "")
                  .score,
              4U);
}

TEST(password_strength, estimates_the_beginning_of_long_passwords)
{
    // What would take the library over a second in full.
    EXPECT_LT(estimate_strength(repeat("45", 64), "").score, 2U);
    EXPECT_LT(estimate_strength(repeat(e_acute, 128), "").score, 2U);
    EXPECT_EQ(estimate_strength("lamp river copper song" + repeat("a", 100), "")
                  .score,
              4U);
}

} // namespace
} // namespace auth
