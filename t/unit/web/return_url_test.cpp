#include "web/return_url.h"

#include "web/url_encoding.h"

#include <gtest/gtest.h>

namespace auth {
namespace {

using namespace std::string_view_literals;

const std::vector<excluded_path> excluded = {
    {"/login"}, {"/logout"}, {"/register"}};

bool valid(std::string_view url)
{
    return is_valid_return_url(url, excluded);
}

TEST(is_valid_return_url, takes_paths_of_this_site)
{
    for (const std::string_view url : {"/",
                                       "/dashboard",
                                       "/a/b?c=d&e=%2F%2Fevil.example#f",
                                       "/?//evil",
                                       "/a//b",
                                       "/a/./b/../c",
                                       "/..",
                                       "/a?/../..//evil",
                                       "/http://evil.example",
                                       "/https:evil.example",
                                       "/@evil.example",
                                       "/.evil.example",
                                       "/%2fevil.example",
                                       "/%5cevil.example",
                                       "/%09/evil.example",
                                       "/%2e%2e/x",
                                       "/caf\xc3\xa9",
                                       "/a b",
                                       "/a;b",
                                       "/javascript:alert(1)",
                                       "/...",
                                       "/loginx",
                                       "/x/login",
                                       "/login/x",
                                       "/login/",
                                       "/Login",
                                       "/?/login",
                                       "/login%3fx",
                                       "/%252e/login",
                                       "/x#/login",
                                       "/xlogin/../y"}) {
        EXPECT_TRUE(valid(url)) << url;
    }
}

TEST(is_valid_return_url, refuses_what_leads_elsewhere)
{
    for (const std::string_view url : {
             "",
             "dashboard",
             "?x",
             "#x",
             ".",
             "./x",
             "../x",
             " /x",
             "%2fx",
             "http://evil.example",
             "https:evil.example",
             "HTTPS:/evil.example",
             "javascript:alert(1)",
             "data:text/html,x",
             "evil.example",
             "@evil.example",
             // another host by its first bytes
             "//",
             "//evil.example",
             "///evil.example",
             "////evil.example",
             "//evil.example/%2f..",
             "//user@evil.example",
             "//\tevil.example",
             "/\\",
             "/\\evil.example",
             "\\\\evil.example",
             "\\/evil.example",
             "/\\/evil.example",
             "//\\evil.example",
             "/x\\y",
             "/x?\\",
             "/x#\\",
             // browsers take these bytes out, or end the header with them
             "/\t/evil.example",
             "/\n/evil.example",
             "/\r/evil.example",
             "/\r\nSet-Cookie: x=y",
             "/x\x01",
             "/x\x1f",
             "/x\x7f",
             "/x?\n",
             "/\t",
             "\t/x",
             "\n//evil.example",
             // another host once the dots are gone
             "/.//evil.example",
             "/..//evil.example",
             "/a/..//evil.example",
             "/a/../..//evil.example",
             "/././/evil.example",
             "/%2e//evil.example",
             "/%2E%2e//evil.example",
             "/.%2e//evil.example",
             "/a/%2e.//evil.example",
             "/a/b/../..//evil.example",
             "/a//../..//evil.example",
             "/.//",
             "/..//?x",
         }) {
        EXPECT_FALSE(valid(url)) << url;
    }
    EXPECT_FALSE(valid("/x\0"sv));
    EXPECT_FALSE(valid("/\0/evil.example"sv));
}

TEST(is_valid_return_url, makes_no_loop)
{
    for (const std::string_view url : {
             "/login",
             "/logout",
             "/register",
             "/login?next=/login",
             "/login?",
             "/login#x",
             "/login ",
             "/login  ",
             "/./login",
             "/x/../login",
             "/../login",
             "/%6Cogin",
             "/%6c%6F%67%69%6e",
             "/log%69n?x",
             "/%2e/login",
             "/x/%2E%2e/login",
             "/x/.%2e/login",
             "/x/..%2flogin",
             "/x%2f..%2flogin",
             "/%2flogin",
             "/%2F%2flogin",
             "/x/..%2F/login",
             "/x%2fy/../login",
             "/a%2f%2e%2e/login",
             "/x//../../login",
             "/login/x/..%2f..%2flogin",
             "/./logout",
             "/%2e%2Flogout",
             "/login/.%2f../login",
         }) {
        EXPECT_FALSE(valid(url)) << url;
    }
}

TEST(is_valid_return_url, compares_with_pages_however_they_are_written)
{
    EXPECT_FALSE(is_valid_return_url("/sign-in", {{"/sign%2din"}}));
    EXPECT_FALSE(is_valid_return_url("/sign%2Din", {{"/sign-in"}}));
    EXPECT_FALSE(is_valid_return_url("/a/login?x=2", {{"/a/./login?x=1"}}));
    EXPECT_FALSE(is_valid_return_url("/caf%C3%A9", {{"/caf\xc3\xa9"}}));
    EXPECT_FALSE(is_valid_return_url("/", {{"/"}}));
    EXPECT_FALSE(is_valid_return_url("/?x", {{"/"}}));
    EXPECT_FALSE(is_valid_return_url("/x/..", {{"/"}}));
    EXPECT_TRUE(is_valid_return_url("/x", {{"/"}}));
    EXPECT_TRUE(is_valid_return_url("/login", {}));
    EXPECT_TRUE(is_valid_return_url("/login", {{""}}));
}

TEST(is_valid_return_url, has_a_longest_length)
{
    EXPECT_TRUE(valid("/" + std::string(4095, 'x')));
    EXPECT_FALSE(valid("/" + std::string(4096, 'x')));
    EXPECT_TRUE(valid("/" + std::string(4092, 'x') + "/.."));
}

TEST(is_valid_return_url, fits_into_a_form)
{
    EXPECT_TRUE(valid(std::string("/") + std::string(2047, '&')));
    EXPECT_FALSE(valid(std::string("/") + std::string(2048, '&')));
    // Where a form needs three bytes and a query string one, and the reverse.
    EXPECT_FALSE(valid(std::string("/a") + std::string(2048, '/')));
    EXPECT_FALSE(valid(std::string("/a") + std::string(2048, '~')));
    EXPECT_FALSE(valid(std::string("/a") + std::string(2048, '*')));
}

TEST(is_too_long_return_url, says_so)
{
    EXPECT_FALSE(is_too_long_return_url(""));
    EXPECT_FALSE(is_too_long_return_url("/" + std::string(4095, 'x')));
    EXPECT_TRUE(is_too_long_return_url("/" + std::string(4096, 'x')));
    EXPECT_TRUE(is_too_long_return_url("/" + std::string(2048, '%')));
}

TEST(path_and_query, is_what_follows_the_host)
{
    EXPECT_EQ(path_and_query("http://a/b?c=d"), "/b?c=d");
    EXPECT_EQ(path_and_query("https://a:8443/b#c"), "/b");
    EXPECT_EQ(path_and_query("http://a"), "/");
    EXPECT_EQ(path_and_query("http://a?b"), "/");
    EXPECT_EQ(path_and_query("http://a//b"), "//b");
    EXPECT_EQ(path_and_query("/b"), "");
    EXPECT_EQ(path_and_query(""), "");
}

TEST(query_argument, finds_and_decodes)
{
    std::string value;
    ASSERT_TRUE(query_argument("next=%2Fa%3Fb%3Dc+d", "next", value));
    EXPECT_EQ(value, "/a?b=c d");
    ASSERT_TRUE(query_argument("a=%zz&&next=/x&b", "next", value));
    EXPECT_EQ(value, "/x");
    ASSERT_TRUE(query_argument("n%65xt=/x=y", "next", value));
    EXPECT_EQ(value, "/x=y");
    ASSERT_TRUE(query_argument("next", "next", value));
    EXPECT_EQ(value, "");
    ASSERT_TRUE(query_argument("%zz=1&next=", "next", value));
    EXPECT_EQ(value, "");
    ASSERT_TRUE(query_argument("&&=nameless&", "", value));
    EXPECT_EQ(value, "nameless");

    for (const std::string_view query :
         {"", "&", "xnext=/a", "nextx=/a", "Next=/a", "a=next", "next=%",
          "next=%4", "next=%zz", "next=%00", "next=%ff", "next=%c0%af",
          "next=/a&next=/b", "next=/a&next=/a", "next=/a&n%65xt=/b",
          "next=/a&next=%zz", "next=/a&next"}) {
        EXPECT_FALSE(query_argument(query, "next", value)) << query;
    }
}

TEST(query_argument, undoes_encoding)
{
    std::string every;
    for (int i = 1; i < 0x80; ++i) {
        every += static_cast<char>(i);
    }
    every += "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";

    std::string value;
    ASSERT_TRUE(
        query_argument("a=b&next=" + encode_query_value(every), "next", value));
    EXPECT_EQ(value, every);
}

TEST(is_valid_return_url, excludes_what_is_below_a_page)
{
    const std::vector<excluded_path> below = {{"/logout", true}};
    for (const char* url : {"/logout", "/logout/", "/logout/x", "/logoutx?y",
                            "/a/../logout/x", "/%6cogout/"}) {
        EXPECT_FALSE(is_valid_return_url(url, below)) << url;
    }
    EXPECT_TRUE(is_valid_return_url("/log", below));
}

} // namespace
} // namespace auth
