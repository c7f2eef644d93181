#include "base/ascii.h"
#include "base/base64.h"
#include "base/hex.h"
#include "base/sha256.h"

#include <gtest/gtest.h>

#include <optional>

namespace auth {
namespace {

TEST(ascii, folds_capitals_and_nothing_else)
{
    EXPECT_EQ(to_ascii_lower("AZ[@`{\xc3\x89"), "az[@`{\xc3\x89");
    EXPECT_TRUE(equal_ignoring_case("Text/HTML", "tEXT/html"));
    EXPECT_FALSE(equal_ignoring_case("text", "texts"));
    EXPECT_FALSE(equal_ignoring_case("@", "`"));
}

TEST(hex, is_written_small_and_read_as_it_is_asked)
{
    EXPECT_EQ(to_hex(std::string("\x00\x7f\xab", 3)), "007fab");
    EXPECT_EQ(hex_digit('F'), 15);
    EXPECT_EQ(small_hex_digit('f'), 15);
    for (const char c : {'F', 'g', '/', ':', '`', '\0'}) {
        EXPECT_EQ(small_hex_digit(c), -1);
    }
    EXPECT_TRUE(is_small_hex("09af"));
    EXPECT_FALSE(is_small_hex("0A"));
    std::string text;
    append_percent_escape(text, '\xfe');
    EXPECT_EQ(text, "%FE");
}

std::string encode(std::string_view bytes, const base64_alphabet& alphabet)
{
    std::string text;
    encode_base64(bytes, alphabet, [&](char c) { text += c; });
    return text;
}

std::optional<std::string> decode(std::string_view text,
                                  const base64_alphabet& alphabet)
{
    std::string bytes;
    const bool good = decode_base64(text, alphabet, [&](std::uint8_t byte) {
        bytes += static_cast<char>(byte);
    });
    return good ? std::optional(bytes) : std::nullopt;
}

TEST(base64, has_the_digits_of_its_alphabet)
{
    EXPECT_EQ(encode("\xfb\xff\xbf", standard_base64), "+/+/");
    EXPECT_EQ(encode("\xfb\xff\xbf", passlib_base64), "././");
    EXPECT_EQ(encode("\xfb\xff\xbf", url_base64), "-_-_");
    EXPECT_EQ(decode("-_-_", url_base64), "\xfb\xff\xbf");
    EXPECT_EQ(decode("-_-_", standard_base64), std::nullopt);
}

TEST(base64, has_one_spelling)
{
    EXPECT_EQ(encode("a", standard_base64), "YQ");
    EXPECT_EQ(decode("YQ", standard_base64), "a");
    EXPECT_EQ(decode("YR", standard_base64), std::nullopt);   // a bit too many
    EXPECT_EQ(decode("Y", standard_base64), std::nullopt);    // no byte
    EXPECT_EQ(decode("YQ==", standard_base64), std::nullopt); // padding
    EXPECT_EQ(decode("", standard_base64), "");
}

TEST(base64, is_decoded_as_far_as_there_is_room)
{
    std::array<std::uint8_t, 3> bytes{};
    std::size_t size = 0;
    EXPECT_TRUE(decode_base64("YWJj", standard_base64, bytes.data(), 3, size));
    EXPECT_EQ(size, 3U);
    EXPECT_EQ(bytes[2], 'c');
    EXPECT_FALSE(decode_base64("YWJj", standard_base64, bytes.data(), 2, size));
    EXPECT_FALSE(decode_base64("YWI", standard_base64, bytes.data(), 1, size));
    EXPECT_TRUE(decode_padded_base64("YWI=", bytes.data(), 3, size));
    EXPECT_EQ(size, 2U);
    EXPECT_FALSE(decode_padded_base64("YWI", bytes.data(), 3, size));
    EXPECT_FALSE(decode_padded_base64("Y===", bytes.data(), 3, size));
}

TEST(sha256, is_that_of_the_standards)
{
    EXPECT_EQ(
        to_hex(sha256("abc")),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256_digest mac; // RFC 4231, test case 2
    ASSERT_TRUE(hmac_sha256("Jefe", "what do ya want for nothing?", mac));
    EXPECT_EQ(
        to_hex(mac),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

} // namespace
} // namespace auth
