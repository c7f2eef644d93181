#include "web/url_encoding.h"

#include <gtest/gtest.h>

namespace auth {
namespace {

using namespace std::literals;

std::string every_byte()
{
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte) {
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

TEST(encode_query_value, keeps_harmless_characters)
{
    EXPECT_EQ(encode_query_value("/dashboard"), "/dashboard");
    EXPECT_EQ(encode_query_value("/a-b_c.d~E/9"), "/a-b_c.d~E/9");
    EXPECT_EQ(encode_query_value("/a?b=c&d=e+f g#h%20"),
              "/a%3Fb%3Dc%26d%3De%2Bf%20g%23h%2520");
    EXPECT_EQ(encode_query_value("\"'<>;\r\n\x7f\xc3\xa9\0"sv),
              "%22%27%3C%3E%3B%0D%0A%7F%C3%A9%00");
}

TEST(encode_location, keeps_what_a_url_may_have)
{
    for (const std::string_view url :
         {"/", "/a-b_c.d~E/9", "/a%20b?c=%26&d[]=e+f#g/h?i", "/%C3%A4%2fx",
          "/!$&'()*+,;=:@", ""}) {
        EXPECT_EQ(encode_location(url), url);
    }
}

TEST(encode_location, encodes_everything_else_once)
{
    EXPECT_EQ(encode_location("/a b"), "/a%20b");
    EXPECT_EQ(encode_location("/\xc3\xa4\xff"), "/%C3%A4%FF");
    EXPECT_EQ(encode_location("/a\r\nSet-Cookie: b\0\x7f"sv),
              "/a%0D%0ASet-Cookie:%20b%00%7F");
    EXPECT_EQ(encode_location("/\"<>\\^`{|}"), "/%22%3C%3E%5C%5E%60%7B%7C%7D");
    // a `%` that begins no escape means itself
    EXPECT_EQ(encode_location("/100%"), "/100%25");
    EXPECT_EQ(encode_location("/%zz%4%%41"), "/%25zz%254%25%41");
}

TEST(encode_location, gives_the_same_for_what_it_gave)
{
    const std::string encoded = encode_location(every_byte());
    EXPECT_EQ(encode_location(encoded), encoded);
    for (const char c : encoded) {
        EXPECT_TRUE(c > ' ' && c < 0x7f);
    }
}

TEST(encode_path, means_each_byte_as_it_stands)
{
    EXPECT_EQ(encode_path("/log in/100%?#\xc3\xa4"),
              "/log%20in/100%25%3F%23%C3%A4");
    EXPECT_EQ(encode_path("/%41"), "/%2541");
    EXPECT_EQ(encode_path("/a-b:c@d;e=f"), "/a-b:c@d;e=f");
}

} // namespace
} // namespace auth
