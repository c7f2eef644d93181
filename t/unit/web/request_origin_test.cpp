#include "web/request_origin.h"

#include <gtest/gtest.h>

namespace auth {
namespace {

using text = std::optional<std::string_view>;

const std::vector<std::string> trusted = {"https://partner.example",
                                          "https://app.example.com:8443",
                                          "http://[2001:db8::1]"};

bool passes(text site, text origin, text referer, std::string_view host,
            bool tls = false)
{
    origin_evidence evidence;
    evidence.sec_fetch_site = site;
    evidence.origin = origin;
    evidence.referer = referer;
    evidence.host = host;
    evidence.tls = tls;
    return is_same_origin(evidence, trusted);
}

const text absent = std::nullopt;

TEST(is_same_origin, believes_fetch_metadata)
{
    // As in Go: the browser's own comparison decides, whatever Origin says.
    for (const text origin :
         {absent, text("https://example.com"), text("https://evil.example"),
          text("null"), text("")}) {
        for (const std::string_view site : {"same-origin", "none"}) {
            EXPECT_TRUE(passes(site, origin, absent, "example.com"));
        }
        for (const std::string_view site :
             {"cross-site", "same-site", "", "Same-Origin", "none ", "null",
              "same-origin, same-origin", "same-origin, cross-site", "x"}) {
            EXPECT_FALSE(passes(site, origin, "https://example.com/",
                                "example.com", true))
                << site;
        }
    }
}

TEST(is_same_origin, lets_trusted_origins_through)
{
    for (const text site : {absent, text("cross-site"), text("same-site")}) {
        EXPECT_TRUE(
            passes(site, "https://partner.example", absent, "example.com"));
        EXPECT_TRUE(
            passes(site, "https://PARTNER.example:443", absent, "example.com"));
        EXPECT_TRUE(passes(site, "https://app.example.com:8443", absent,
                           "example.com", true));
        EXPECT_TRUE(
            passes(site, "http://[2001:DB8::1]", absent, "example.com"));
        for (const std::string_view origin :
             {"http://partner.example", "https://partner.example:8443",
              "https://partner.example.evil.example",
              "https://xpartner.example", "https://partner.example/",
              "https://partner.example@evil.example", "https://app.example.com",
              "https://partner.example, "
              "https://partner.example"}) {
            EXPECT_FALSE(passes(site, origin, absent, "example.com")) << origin;
        }
    }
    // Fetch Metadata says cross-site; a Referer is no second opinion.
    EXPECT_FALSE(passes("cross-site", absent, "https://partner.example/x",
                        "example.com"));
}

struct origin_case {
    std::string_view origin, host;
    bool plain, tls; // what is expected, without and with TLS known
};

TEST(is_same_origin, compares_origin_with_host)
{
    const origin_case cases[] = {
        {"http://example.com", "example.com", true, false},
        {"https://example.com", "example.com", true, true},
        {"HTTPS://Example.COM", "eXample.com", true, true},
        {"http://example.com:80", "example.com", true, false},
        {"https://example.com:443", "example.com", true, true},
        {"https://example.com", "example.com:443", true, true},
        {"http://example.com", "example.com:80", true, false},
        {"http://localhost:5000", "localhost:5000", true, false},
        {"https://localhost:5000", "localhost:5000", true, true},
        {"http://127.0.0.1:5000", "127.0.0.1:5000", true, false},
        {"http://[::1]:5000", "[::1]:5000", true, false},
        {"https://[2001:DB8::A]", "[2001:db8::a]", true, true},
        // ports
        {"http://example.com:8080", "example.com", false, false},
        {"https://example.com:8443", "example.com", false, false},
        {"http://example.com", "example.com:8080", false, false},
        {"https://example.com", "example.com:80", false, false},
        {"http://example.com", "example.com:443", false, false},
        {"http://localhost:5001", "localhost:5000", false, false},
        {"http://[::1]:5001", "[::1]:5000", false, false},
        // hosts
        {"https://evil.example", "example.com", false, false},
        {"https://sub.example.com", "example.com", false, false},
        {"https://example.com", "sub.example.com", false, false},
        {"https://example.com.", "example.com", false, false},
        {"https://example.com.evil.example", "example.com", false, false},
        {"https://evilexample.com", "example.com", false, false},
        {"http://[::2]:5000", "[::1]:5000", false, false},
        // no origin, or more than one
        {"null", "example.com", false, false},
        {"null", "null", false, false},
        {"", "example.com", false, false},
        {"example.com", "example.com", false, false},
        {"//example.com", "example.com", false, false},
        {"https:example.com", "example.com", false, false},
        {"https:/example.com", "example.com", false, false},
        {"https:///example.com", "example.com", false, false},
        {"https://", "example.com", false, false},
        {"ftp://example.com", "example.com", false, false},
        {"file://", "example.com", false, false},
        {"chrome-extension://example.com", "example.com", false, false},
        {"https://example.com/", "example.com", false, false},
        {"https://example.com/path", "example.com", false, false},
        {"https://example.com?x", "example.com", false, false},
        {"https://example.com#x", "example.com", false, false},
        {" https://example.com", "example.com", false, false},
        {"https://example.com ", "example.com", false, false},
        {"https://example.com, https://example.com", "example.com", false,
         false},
        {"https://example.com https://evil.example", "example.com", false,
         false},
        {"https://user@example.com", "example.com", false, false},
        {"https://user:x@example.com", "example.com", false, false},
        {"https://evil.example\\@example.com", "example.com", false, false},
        {"https://example.com:", "example.com", false, false},
        {"https://example.com:0443", "example.com", false, false},
        {"https://example.com:0", "example.com:0", false, false},
        {"https://example.com:65536", "example.com:65536", false, false},
        {"https://example.com:4294967739", "example.com", false, false},
        {"https://example.com:x", "example.com:x", false, false},
        {"https://example.com:443:443", "example.com:443:443", false, false},
        {"https://ex%61mple.com", "example.com", false, false},
        {"https://[::1", "[::1", false, false},
        {"https://::1]", "::1]", false, false},
        {"https://[::1]x", "[::1]x", false, false},
        {"https://[1.2.3.4]", "[1.2.3.4]", false, false},
        {"https://[]", "[]", false, false},
        // a Host that is none names nobody
        {"https://example.com", "", false, false},
        {"https://", "", false, false},
        {"https://example.com", "example.com, example.com", false, false},
        {"https://example.com", "user@example.com", false, false},
    };

    for (const origin_case& each : cases) {
        EXPECT_EQ(passes(absent, each.origin, absent, each.host), each.plain)
            << each.origin << " at " << each.host;
        EXPECT_EQ(passes(absent, each.origin, absent, each.host, true),
                  each.tls)
            << each.origin << " at " << each.host << " over TLS";
    }
}

TEST(is_same_origin, reads_a_referer_last)
{
    const std::string_view host = "example.com";
    for (const std::string_view referer :
         {"https://example.com/login?next=/", "https://example.com",
          "http://example.com/", "HTTPS://EXAMPLE.com:443/x#y",
          "https://example.com?x", "https://partner.example/form", ""}) {
        EXPECT_TRUE(passes(absent, absent, referer, host)) << referer;
    }
    for (const std::string_view referer :
         {"https://evil.example/", "https://example.com.evil.example/",
          "https://example.com@evil.example/", "https://x@example.com/",
          "https://example.com:8443/", "/login", "login", "about:blank", "null",
          "javascript://example.com/", "android-app://example.com/",
          "https://evil.example/https://example.com/",
          "https://evil.example\\.example.com/", "https:\\\\example.com/",
          "https://example.com, https://evil.example/"}) {
        EXPECT_FALSE(passes(absent, absent, referer, host)) << referer;
    }

    // Origin decides where it is there.
    EXPECT_FALSE(passes(absent, "null", "https://example.com/", host));
    EXPECT_TRUE(
        passes(absent, "https://example.com", "https://evil.example/", host));
    EXPECT_FALSE(passes(absent, absent, "http://example.com/", host, true));
}

TEST(is_same_origin, lets_programs_through)
{
    EXPECT_TRUE(passes(absent, absent, absent, "example.com"));
    EXPECT_TRUE(passes(absent, absent, absent, ""));
}

TEST(parse_origin, normalises)
{
    EXPECT_EQ(parse_origin("https://Example.COM"), "https://example.com");
    EXPECT_EQ(parse_origin("HTTPS://example.com:443"), "https://example.com");
    EXPECT_EQ(parse_origin("http://example.com:80"), "http://example.com");
    EXPECT_EQ(parse_origin("http://example.com:443"), "http://example.com:443");
    EXPECT_EQ(parse_origin("https://example.com:8443"),
              "https://example.com:8443");
    EXPECT_EQ(parse_origin("http://[2001:DB8::1]:80"), "http://[2001:db8::1]");

    for (const std::string_view origin :
         {"", "null", "*", "example.com", "example.com:443", "https://",
          "https://*.example.com", "https://example.com/",
          "https://example.com/x", "https://example.com?x",
          "https://b\xc3\xbc"
          "cher.example",
          "wss://example.com", "https://a b", "https://user@example.com",
          "https://example.com:99999"}) {
        EXPECT_EQ(parse_origin(origin), std::nullopt) << origin;
    }
}

} // namespace
} // namespace auth
