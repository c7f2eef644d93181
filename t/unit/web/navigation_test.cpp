#include "web/navigation.h"

#include <gtest/gtest.h>

namespace auth {
namespace {

using method = navigation_evidence::method;

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

/// A browser that sends no Fetch Metadata.
navigation_evidence asking(std::string_view accept, method by)
{
    navigation_evidence evidence;
    evidence.asks_by = by;
    evidence.accept = accept;
    evidence.user_agent = "Mozilla/5.0";
    return evidence;
}

navigation_evidence get(std::string_view accept)
{
    return asking(accept, method::get_or_head);
}

TEST(is_navigation, believes_fetch_metadata_alone)
{
    navigation_evidence evidence = get("text/html");
    for (const std::string_view mode :
         {"cors", "no-cors", "same-origin", "websocket", "nested-navigate",
          "Navigate", "navigate, navigate", " navigate", ""}) {
        evidence.sec_fetch_mode = mode;
        EXPECT_FALSE(is_navigation(evidence)) << mode;
    }

    evidence.sec_fetch_mode = "navigate";
    EXPECT_TRUE(is_navigation(evidence));
    evidence.asks_by = method::post;
    evidence.accept = "*/*";
    evidence.user_agent = {};
    evidence.x_requested_with = "XMLHttpRequest";
    EXPECT_TRUE(is_navigation(evidence));
    evidence.asks_by = method::other;
    EXPECT_FALSE(is_navigation(evidence));
}

TEST(is_navigation, wants_something_that_is_shown)
{
    navigation_evidence evidence = get("text/html");
    evidence.sec_fetch_mode = "navigate";
    for (const std::string_view shown :
         {"document", "iframe", "frame", "embed", "object"}) {
        evidence.sec_fetch_dest = shown;
        EXPECT_TRUE(is_navigation(evidence)) << shown;
    }
    for (const std::string_view other :
         {"empty", "image", "script", "", "Document", "document, document"}) {
        evidence.sec_fetch_dest = other;
        EXPECT_FALSE(is_navigation(evidence)) << other;
    }

    // It says nothing alone.
    evidence.sec_fetch_mode.reset();
    EXPECT_TRUE(is_navigation(evidence));
}

TEST(is_navigation, is_a_browsers)
{
    navigation_evidence evidence = get("text/html");
    EXPECT_TRUE(is_navigation(evidence));
    for (const std::string_view other :
         {"", "mozilla/5.0", " Mozilla/5.0", "Mozilla", "Lynx/2.9.0",
          "curl/7.88.1", "x Mozilla/5.0"}) {
        evidence.user_agent = other;
        EXPECT_FALSE(is_navigation(evidence)) << other;
    }
}

TEST(is_navigation, is_no_scripts)
{
    navigation_evidence evidence = get("text/html");
    for (const std::string_view application :
         {"com.example.app", "x", "xmlhttprequest"}) {
        evidence.x_requested_with = application;
        EXPECT_TRUE(is_navigation(evidence)) << application;
    }
    evidence.x_requested_with = "XMLHttpRequest";
    EXPECT_FALSE(is_navigation(evidence));
}

TEST(is_navigation, may_be_a_form)
{
    navigation_evidence evidence = asking("text/html", method::post);
    EXPECT_FALSE(is_navigation(evidence));
    for (const std::string_view form :
         {"application/x-www-form-urlencoded", "multipart/form-data;boundary=x",
          "text/plain", "Text/Plain ; charset=utf-8"}) {
        evidence.content_type = form;
        EXPECT_TRUE(is_navigation(evidence)) << form;
    }
    for (const std::string_view other :
         {"application/json", "text/html", "application/x-www-form-urlencodedx",
          "multipart/form", "x;text/plain"}) {
        evidence.content_type = other;
        EXPECT_FALSE(is_navigation(evidence)) << other;
    }

    evidence.content_type = form_type;
    evidence.asks_by = method::other;
    EXPECT_FALSE(is_navigation(evidence));
}

TEST(is_navigation, reads_accept)
{
    for (const std::string_view accept :
         {"text/html", "TEXT/html", "  text/html  ",
          "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
          "*/*;q=0.1, text/html;q=0.1", "text/html;q=1", "text/html;q=1.000",
          "text/html;q=0.001", "text/html ; Q=0.5", "text/html;level=1",
          "text/html;level=\"a,b;q=0\"", "a/b;x=\"text/html\\\"\",text/html",
          ",,text/html,,", "text/html;q=0,text/html;level=1", "*/*, text/html",
          "a/b;q=x, text/html;q=0.3", "text/html;q=0.25, */*;q=0.249"}) {
        EXPECT_TRUE(is_navigation(get(accept))) << accept;
    }

    for (const std::string_view accept : {"",
                                          "*/*",
                                          "text/*",
                                          "application/json",
                                          "text/htmlx",
                                          "xtext/html",
                                          "application/xhtml+xml",
                                          "text/html;q=0",
                                          "text/html;q=0.000",
                                          "text/html; q=0.0, */*",
                                          "text/html;q=",
                                          "text/html;q=x",
                                          "text/html;q=-1",
                                          "text/html;q=2",
                                          "text/html;q=0.0000",
                                          "text/html;q=11",
                                          "text/html;q=1.x",
                                          "text/html;q=1.001",
                                          "text/html;level=1;q=0",
                                          "text / html",
                                          "a/b;x=\",text/html,\"",
                                          "application/json;profile=text/html",
                                          "text/plain text/html",
                                          "*/*, text/html;q=0.9",
                                          "text/html;q=0.25, */*;q=0.251",
                                          "a/b;q=0.02,text/html;q=0.01"}) {
        EXPECT_FALSE(is_navigation(get(accept))) << accept;
    }
}

TEST(accepts_html, at_any_quality)
{
    for (const std::string_view accept :
         {"text/html", "*/*, Text/HTML;q=0.001", "a/b, text/html;q=0.5"}) {
        EXPECT_TRUE(accepts_html(accept)) << accept;
    }
    for (const std::string_view accept :
         {"", "*/*", "text/*", "text/html;q=0", "application/xhtml+xml"}) {
        EXPECT_FALSE(accepts_html(accept)) << accept;
    }
}

} // namespace
} // namespace auth
