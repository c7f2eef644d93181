#include "base/utf8.h"

#include <gtest/gtest.h>

#include <ctime>
#include <string>

namespace auth {
namespace {

// RFC 3629's table of byte sequences, written down a second time.
bool is_one_character(const std::string& s)
{
    auto in = [&](std::size_t i, int low, int high) {
        auto byte = static_cast<unsigned char>(s[i]);
        return byte >= low && byte <= high;
    };
    switch (s.size()) {
    case 1:
        return in(0, 0, 0x7f);
    case 2:
        return in(0, 0xc2, 0xdf) && in(1, 0x80, 0xbf);
    case 3:
        return in(2, 0x80, 0xbf) && ((in(0, 0xe0, 0xe0) && in(1, 0xa0, 0xbf)) ||
                                     (in(0, 0xe1, 0xec) && in(1, 0x80, 0xbf)) ||
                                     (in(0, 0xed, 0xed) && in(1, 0x80, 0x9f)) ||
                                     (in(0, 0xee, 0xef) && in(1, 0x80, 0xbf)));
    case 4:
        return in(2, 0x80, 0xbf) && in(3, 0x80, 0xbf) &&
               ((in(0, 0xf0, 0xf0) && in(1, 0x90, 0xbf)) ||
                (in(0, 0xf1, 0xf3) && in(1, 0x80, 0xbf)) ||
                (in(0, 0xf4, 0xf4) && in(1, 0x80, 0x8f)));
    default:
        return false;
    }
}

bool expected_valid(const std::string& s)
{
    for (std::size_t n = 1; n <= 4 && n <= s.size(); ++n) {
        if (is_one_character(s.substr(0, n))) {
            return n == s.size() || expected_valid(s.substr(n));
        }
    }
    return s.empty();
}

TEST(utf8, agrees_with_the_table_on_every_short_sequence)
{
    // Bytes at both sides of every boundary in the table.
    const std::string bytes(
        "\x00\x41\x7f\x80\x8f\x90\x9f\xa0\xbf\xc0\xc1\xc2\xdf\xe0\xe1\xec\xed"
        "\xee\xef\xf0\xf1\xf3\xf4\xf5\xf7\xf8\xff",
        27);
    for (char a : bytes) {
        for (char b : bytes) {
            EXPECT_EQ(is_utf8(std::string{a, b}),
                      expected_valid(std::string{a, b}));
            for (char c : bytes) {
                std::string three{a, b, c};
                EXPECT_EQ(is_utf8(three), expected_valid(three));
                for (char d : bytes) {
                    std::string four{a, b, c, d};
                    ASSERT_EQ(is_utf8(four), expected_valid(four))
                        << testing::PrintToString(four);
                }
            }
        }
    }
    EXPECT_TRUE(is_utf8(""));
}

TEST(utf8, finds_control_characters)
{
    EXPECT_TRUE(has_control_character(std::string_view("a\0b", 3)));
    for (std::string text : {"\x01", "a\tb", "a\n", "\x1f", "a\x7f",
                             "a\xc2\x80", "\xc2\x85z", "\xc2\x9f"}) {
        EXPECT_TRUE(has_control_character(text)) << text;
    }
    for (std::string text : {"", " ", "~", "\xc2\xa0", "\xc3\xa9",
                             "\xe2\x80\xa8", "\xf0\x9f\x98\x80"}) {
        EXPECT_FALSE(has_control_character(text)) << text;
    }
}

TEST(utf8, counts_code_points)
{
    EXPECT_EQ(count_code_points(""), 0U);
    EXPECT_EQ(count_code_points("abc"), 3U);
    EXPECT_EQ(count_code_points("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), 3U);
    EXPECT_EQ(count_code_points("e\xcc\x81"), 2U);
}

TEST(utf8, takes_nothing_off_what_is_malformed)
{
    std::string_view text = "a\xff";
    std::int32_t code = 0;
    ASSERT_TRUE(next_code_point(text, code));
    EXPECT_EQ(code, 'a');
    EXPECT_FALSE(next_code_point(text, code));
    EXPECT_EQ(text, "\xff");
    text = {};
    EXPECT_FALSE(next_code_point(text, code));
}

TEST(utf8, normalizes_to_form_c)
{
    auto nfc = [](std::string_view text) {
        return std::string(normalize_nfc(text).view());
    };
    EXPECT_EQ(nfc(""), "");
    EXPECT_EQ(nfc({}), "");
    EXPECT_EQ(nfc("plain"), "plain");
    EXPECT_EQ(nfc("e\xcc\x81"), "\xc3\xa9");
    EXPECT_EQ(nfc("\xc3\xa9"), "\xc3\xa9");
    EXPECT_EQ(nfc("\xe2\x84\xab"), "\xc3\x85"); // Angstrom sign
    // Hangul jamo; a composition exclusion, which grows; marks in order.
    EXPECT_EQ(nfc("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab"), "\xed\x95\x9c");
    EXPECT_EQ(nfc("\xf0\x9d\x85\xa0"),
              "\xf0\x9d\x85\x98\xf0\x9d\x85\xa5\xf0\x9d\x85\xae");
    EXPECT_EQ(nfc("a\xcc\x81\xcc\xa3"), "\xe1\xba\xa1\xcc\x81");
    // No compatibility mapping: the ligature stays.
    EXPECT_EQ(nfc("\xef\xac\x81"), "\xef\xac\x81");
    EXPECT_EQ(nfc(std::string_view("a\0b", 3)), std::string("a\0b", 3));
    EXPECT_THROW(nfc("a\xff"), std::runtime_error);
}

TEST(utf8, normalizes_long_text)
{
    std::string decomposed, composed;
    for (int i = 0; i < 2700; ++i) {
        decomposed += "e\xcc\x81";
        composed += "\xc3\xa9";
    }
    EXPECT_EQ(normalize_nfc(decomposed).view(), composed);
}

TEST(utf8, orders_many_marks)
{
    // As many as a form holds, the lower class last; exchanging neighbours
    // takes 4 million steps for it.
    std::string acute, cedilla;
    for (int i = 0; i < 2048; ++i) {
        acute += "\xcc\x81";
        cedilla += "\xcc\xa7";
    }
    const std::clock_t start = std::clock();
    EXPECT_EQ(normalize_nfc("x" + acute + cedilla).view(),
              "x" + cedilla + acute);
    EXPECT_LT(std::clock() - start, CLOCKS_PER_SEC / 50);
    // Those of one class stay as they were: the first one composes.
    EXPECT_EQ(normalize_nfc("a\xcc\x88\xcc\x81\xcc\xa7").view(),
              "\xc3\xa4\xcc\xa7\xcc\x81");
}

TEST(utf8_prefix, ends_before_the_first_malformed_byte)
{
    EXPECT_EQ(utf8_prefix(""), 0u);
    EXPECT_EQ(utf8_prefix("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"), 10u);
    EXPECT_EQ(utf8_prefix("ab\xe4"), 2u);
    EXPECT_EQ(utf8_prefix("ab\xc3"), 2u);
    EXPECT_EQ(utf8_prefix("\xc0\x80"), 0u);
    EXPECT_EQ(utf8_prefix("x\xed\xa0\x80"), 1u);
    EXPECT_EQ(utf8_prefix("x\xf4\x90\x80\x80"), 1u);
}

} // namespace
} // namespace auth
