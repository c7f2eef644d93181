#include "web/navigation.h"

#include <gtest/gtest.h>

namespace auth {
namespace {

navigation_evidence get(std::string_view accept)
{
    navigation_evidence evidence;
    evidence.get_or_head = true;
    evidence.accept = accept;
    return evidence;
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
    evidence.get_or_head = false;
    evidence.accept = "*/*";
    evidence.x_requested_with = true;
    EXPECT_TRUE(is_navigation(evidence));
}

TEST(is_navigation, needs_get_and_no_script)
{
    navigation_evidence evidence = get("text/html");
    EXPECT_TRUE(is_navigation(evidence));
    evidence.x_requested_with = true;
    EXPECT_FALSE(is_navigation(evidence));
    evidence.x_requested_with = false;
    evidence.get_or_head = false;
    EXPECT_FALSE(is_navigation(evidence));
}

TEST(is_navigation, reads_accept)
{
    for (const std::string_view accept :
         {"text/html", "TEXT/html", "  text/html  ",
          "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
          "*/*, text/html;q=0.1", "text/html;q=1", "text/html;q=1.000",
          "text/html;q=0.001", "text/html ; Q=0.5", "text/html;level=1",
          "text/html;level=\"a,b;q=0\"", "a/b;x=\"text/html\\\"\",text/html",
          ",,text/html,,", "text/html;q=0,text/html;level=1"}) {
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
                                          "text/html;level=1;q=0",
                                          "text / html",
                                          "a/b;x=\",text/html,\"",
                                          "application/json;profile=text/html",
                                          "text/plain text/html"}) {
        EXPECT_FALSE(is_navigation(get(accept))) << accept;
    }
}

} // namespace
} // namespace auth
