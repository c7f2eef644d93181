#include "web/form.h"

#include <gtest/gtest.h>

#include <string>

namespace auth {
namespace {

using namespace std::string_view_literals;

TEST(form, decodes_names_and_values)
{
    form sent;
    ASSERT_EQ(sent.parse("username=al%69ce&p%61ssword=a+b%2Bc%26%3d"),
              form::error::none);
    EXPECT_EQ(sent.get("username"), "alice");
    EXPECT_EQ(sent.get("password"), "a b+c&=");
}

TEST(form, an_empty_body_has_no_fields)
{
    form sent;
    EXPECT_EQ(sent.parse(""), form::error::none);
    EXPECT_FALSE(sent.has(""));
    EXPECT_FALSE(sent.has("username"));
    EXPECT_EQ(sent.get("username"), "");
}

TEST(form, skips_empty_segments)
{
    form sent;
    ASSERT_EQ(sent.parse("&&a=1&&&b=2&"), form::error::none);
    EXPECT_EQ(sent.get("a"), "1");
    EXPECT_EQ(sent.get("b"), "2");
    EXPECT_FALSE(sent.has(""));
}

TEST(form, reads_odd_fields_as_the_standard_says)
{
    form sent;
    ASSERT_EQ(sent.parse("a&b=&=c&d=e=f"), form::error::none);
    EXPECT_TRUE(sent.has("a"));
    EXPECT_EQ(sent.get("a"), "");
    EXPECT_TRUE(sent.has("b"));
    EXPECT_EQ(sent.get("b"), "");
    EXPECT_EQ(sent.get(""), "c");
    EXPECT_EQ(sent.get("d"), "e=f");
}

TEST(form, keeps_case_and_surrounding_blanks)
{
    form sent;
    ASSERT_EQ(sent.parse("Password=+x%09&password=y"), form::error::none);
    EXPECT_EQ(sent.get("Password"), " x\t");
    EXPECT_EQ(sent.get("password"), "y");
}

TEST(form, refuses_bad_encodings)
{
    const std::string_view bodies[] = {
        "a=%",
        "a=%4",
        "a=%zz",
        "a=%4g",
        "a=%g4",
        "%=a",
        "a%2=b",
        "a=%%41",
        "a=%u0041",
        "a=%00",
        "a=\0"sv,
        "%00=a",
        // RFC 3629: stray, shortest form, surrogates, over U+10FFFF, cut off
        "a=%80",
        "a=%C0%80",
        "a=%C1%BF",
        "a=%E0%80%80",
        "a=%E0%9F%BF",
        "a=%ED%A0%80",
        "a=%ED%BF%BF",
        "a=%F0%80%80%80",
        "a=%F0%8F%BF%BF",
        "a=%F4%90%80%80",
        "a=%F5%80%80%80",
        "a=%FF",
        "a=%C3",
        "a=%E2%82",
        "a=%F0%9F%98",
        "a=%C3A",
        "a=%E2%82A",
        "a=\xff",
        "%ff=a",
        // a character must not be put together from two fields
        "a=%C3&%A9=b",
        "x=1&a=%C3",
    };

    for (const std::string_view body : bodies) {
        form sent;
        EXPECT_EQ(sent.parse(body), form::error::bad_encoding) << body;
        EXPECT_FALSE(sent.has("a")) << body;
        EXPECT_FALSE(sent.has("x")) << body;
    }
}

TEST(form, takes_every_length_of_utf_8)
{
    form sent;
    ASSERT_EQ(sent.parse("a=%7F%C2%80%DF%BF%E0%A0%80%ED%9F%BF%EE%80%80"
                         "%EF%BF%BF%F0%90%80%80%F4%8F%BF%BF"),
              form::error::none);
    EXPECT_EQ(sent.get("a"),
              "\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80"
              "\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
}

TEST(form, refuses_a_repeated_name_however_it_is_written)
{
    for (const std::string_view body :
         {"password=a&password=b", "password=a&password=a", "password&password",
          "password=a&pass%77ord=b", "a+b=1&a%20b=2", "=a&=b"}) {
        form sent;
        EXPECT_EQ(sent.parse(body), form::error::repeated_field) << body;
        EXPECT_EQ(sent.get("password"), "") << body;
    }
}

TEST(form, takes_sixteen_fields_and_no_more)
{
    std::string body;
    for (int i = 0; i < 16; ++i) {
        body += "&f" + std::to_string(i) + "=v" + std::to_string(i);
    }

    form sent;
    ASSERT_EQ(sent.parse(body + "&&"), form::error::none);
    EXPECT_EQ(sent.get("f0"), "v0");
    EXPECT_EQ(sent.get("f15"), "v15");

    EXPECT_EQ(sent.parse(body + "&x"), form::error::too_many_fields);
    EXPECT_FALSE(sent.has("f0"));
}

TEST(form, takes_a_whole_body)
{
    const std::string password(8192 - 9, 'x');
    form sent;
    ASSERT_EQ(sent.parse("password=" + password), form::error::none);
    EXPECT_EQ(sent.get("password"), password);

    // 100,000 fields cost no more than seventeen.
    std::string many;
    for (int i = 0; i < 100000; ++i) {
        many += "a" + std::to_string(i) + "&";
    }
    EXPECT_EQ(sent.parse(many), form::error::too_many_fields);
}

TEST(form, starts_afresh)
{
    form sent;
    ASSERT_EQ(sent.parse("a=1&b=2"), form::error::none);
    ASSERT_EQ(sent.parse("b=3"), form::error::none);
    EXPECT_FALSE(sent.has("a"));
    EXPECT_EQ(sent.get("b"), "3");
}

TEST(form, knows_its_content_type)
{
    for (const std::string_view type :
         {"application/x-www-form-urlencoded",
          "Application/X-WWW-Form-URLEncoded",
          " application/x-www-form-urlencoded\t",
          "application/x-www-form-urlencoded;",
          "application/x-www-form-urlencoded ; charset=utf-8",
          "application/x-www-form-urlencoded;charset=UTF-8",
          "application/x-www-form-urlencoded; Charset=\"utf-8\" ",
          "application/x-www-form-urlencoded; charset=utf8",
          "application/x-www-form-urlencoded; a=b;; charset=utf-8",
          "application/x-www-form-urlencoded; a=\"x;charset=latin1\"",
          "application/x-www-form-urlencoded; a=\"\\\";charset=latin1\""}) {
        EXPECT_TRUE(is_form_content_type(type)) << type;
    }

    for (const std::string_view type :
         {"",
          ";",
          "text/plain",
          "multipart/form-data; boundary=x",
          "application/json",
          "application/x-www-form-urlencodedx",
          "x-application/x-www-form-urlencoded",
          "text/plain; application/x-www-form-urlencoded",
          "application/x-www-form-urlencoded, text/plain",
          "application/x-www-form-urlencoded; charset=iso-8859-1",
          "application/x-www-form-urlencoded; charset=utf-16",
          "application/x-www-form-urlencoded; charset=",
          "application/x-www-form-urlencoded; charset",
          "application/x-www-form-urlencoded; charset =utf-8",
          "application/x-www-form-urlencoded; charset=\"utf-8",
          "application/x-www-form-urlencoded; charset=\"utf-8\"x",
          "application/x-www-form-urlencoded; charset=\"utf\\-8\"",
          "application/x-www-form-urlencoded; charset=\"utf-8\\",
          "application/x-www-form-urlencoded; charset=utf-8, text/plain",
          "application/x-www-form-urlencoded; charset=utf-8; charset=latin1",
          "application/x-www-form-urlencoded; =x"}) {
        EXPECT_FALSE(is_form_content_type(type)) << type;
    }
}

} // namespace
} // namespace auth
