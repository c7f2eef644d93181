#include "web/form_redirect.h"

#include <gtest/gtest.h>

#include <string>

namespace auth {
namespace {

constexpr const char* page = "https://example.com/login?next=/a";

TEST(FormRedirect, StaysOnItsOrigin)
{
    for (const char* location : {"",
                                 "/",
                                 "/a//b",
                                 "a",
                                 "?a=https://other.example/",
                                 "#a",
                                 ".",
                                 "//example.com/",
                                 "//EXAMPLE.com:443",
                                 "https://example.com",
                                 "https://example.com:443/a",
                                 "HTTPS://Example.COM/",
                                 "https:a",
                                 "https:/a",
                                 "https:\\a",
                                 "https://user:word@example.com/a@b",
                                 "\\\\example.com\\a",
                                 "/\\example.com",
                                 "///example.com/",
                                 " https://example.com/ ",
                                 "https://example.com?a",
                                 "1:a",
                                 ":a"}) {
        EXPECT_FALSE(leaves_form_origin(location, page)) << location;
    }
}

TEST(FormRedirect, LeavesForAnotherOrigin)
{
    for (const char* location : {"https://other.example/",
                                 "//other.example",
                                 "/\\other.example",
                                 "\\/other.example",
                                 "\\\\other.example",
                                 "///other.example/a",
                                 "https:\\\\other.example",
                                 "https:////other.example",
                                 "https://example.com:8443/",
                                 "https://example.com.evil/",
                                 "https://evil/https://example.com/",
                                 "https://example.com@evil/",
                                 "https://evil\\@example.com/",
                                 "https://evil#@example.com/",
                                 "https://evil?@example.com/",
                                 "http://example.com/",
                                 "http:example.com",
                                 "http:/example.com",
                                 "http://example.com:443/",
                                 "https://example.com./",
                                 "https://b\xc3\xbc"
                                 "cher.example/",
                                 "https://[::1]/",
                                 "https://",
                                 "https://example.com:99999/",
                                 "  //other.example",
                                 "app.example:/back?code=1",
                                 "mailto:a@b",
                                 "ftp://example.com/"}) {
        EXPECT_TRUE(leaves_form_origin(location, page)) << location;
    }
}

/// An upgrade is part of 'self', on the default ports or on the same one.
TEST(FormRedirect, FromHttpToHttps)
{
    EXPECT_FALSE(leaves_form_origin("https://a.example/", "http://a.example/"));
    EXPECT_FALSE(leaves_form_origin("https://a.example:5000/",
                                    "http://a.example:5000/"));
    EXPECT_TRUE(leaves_form_origin("https://a.example:5443/",
                                   "http://a.example:5000/"));
    EXPECT_TRUE(leaves_form_origin("https://b.example/", "http://a.example/"));
    EXPECT_TRUE(leaves_form_origin("http://a.example/", "https://a.example/"));
    EXPECT_FALSE(leaves_form_origin("http:a", "http://a.example/"));
    EXPECT_FALSE(leaves_form_origin("//a.example:80", "http://a.example/"));
    EXPECT_TRUE(leaves_form_origin("//a.example:443", "http://a.example/"));
}

/// A Refresh may do what a Location cannot: no script may come of it.
TEST(FormRedirect, NeverOpensDocumentsOfTheirOwn)
{
    for (const char* location :
         {"javascript:alert(1)", "JavaScript:alert(1)", " javascript:alert(1)",
          "java\tscript:alert(1)", "\x01javascript:alert(1)",
          "java\x7fscript:alert(1)", "data:text/html,a", "vbscript:a",
          "blob:https://example.com/1", "about:blank", "file:///etc/passwd",
          "filesystem:https://example.com/a", "view-source:https://a",
          "https://other.example/\t", "//other.example/\x1f"}) {
        EXPECT_FALSE(leaves_form_origin(location, page)) << location;
    }
}

TEST(FormRedirect, NeedsAPageOfTheWeb)
{
    for (const char* from : {"", "/login", "example.com/login", "ftp://a/b",
                             "about:blank", "https:example.com"}) {
        EXPECT_FALSE(leaves_form_origin("https://other.example/", from))
            << from;
    }
}

TEST(FormRedirect, PageOfAReferer)
{
    const std::vector<std::string_view> paths = {"/login", "/an account"};
    for (const char* url :
         {"https://a/login", "http://b:80/login?next=/x", "https://a/login#b",
          "https://a/x/../login", "https://a/%6cogin", "https://a//login",
          "https://a/an%20account"}) {
        EXPECT_TRUE(has_path_of(url, paths)) << url;
    }
    for (const char* url :
         {"", "/login", "https://a", "https:///x", "https://a/", "https://a/x",
          "https://a/login/", "https://a/loginx", "https://a/x?/login",
          "https://a/Login", "https:/login", "a/login"}) {
        EXPECT_FALSE(has_path_of(url, paths)) << url;
    }
    EXPECT_FALSE(has_path_of("https://a/login", {}));
}

TEST(FormRedirect, RefreshKeepsTheAddress)
{
    for (const std::string location :
         {"https://a/", "https://a/b c'\"d\", e;f;url=g#h i",
          "app:/back?a=%20%C3%A9"}) {
        EXPECT_EQ(refresh_to(location), "0;url=" + location);
    }
    EXPECT_EQ(refresh_to("  //a/b  "), "0;url=//a/b");
    EXPECT_EQ(refresh_to("//b\xc3\xbc"
                         "cher/\xe9?\xff"),
              "0;url=//b%C3%BCcher/%E9?%FF");
    EXPECT_EQ(refresh_to(""), "0;url=");
}

} // namespace
} // namespace auth
