#include "web/cookies.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace auth {
namespace {

constexpr std::string_view own_names[] = {
    "ngx_auth", "ngx_auth_flash", "ngx_auth_device", "ngx_auth_pending"};

const cookie_names ours = [] {
    cookie_names names;
    for (const std::string_view name : own_names) {
        names.add(name);
    }
    return names;
}();

std::string cut(std::string header)
{
    const cookie_range found = find_cookies(header, ours);
    if (!found.empty()) {
        header.resize(cut_cookies(header.data(), header.size(), found, ours));
    }
    return header;
}

std::string found_in(std::string_view header)
{
    const cookie_range found = find_cookies(header, ours);
    return std::string(header.substr(found.begin, found.end - found.begin));
}

std::vector<std::string_view> values_of(std::string_view header,
                                        std::string_view name)
{
    cookie_values values(header, name);
    std::vector<std::string_view> found;
    for (std::string_view value; values.next(value);) {
        found.push_back(value);
    }
    std::string_view value;
    EXPECT_FALSE(values.next(value));
    return found;
}

struct find_case {
    std::string_view header, name;
    std::vector<std::string_view> values;
};

TEST(cookie_values, follow_rfc_6265bis)
{
    const find_case cases[] = {
        {"", "s", {}},
        {"s=1", "s", {"1"}},
        {"a=0; s=1; b=2", "s", {"1"}},
        {"a=0;s=1;b=2", "s", {"1"}},
        {" \ts=1 \t; b=2", "s", {"1"}},
        {"s=", "s", {""}},
        {"s=;", "s", {""}},
        {";;s=1;;", "s", {"1"}},
        {"s=a=b", "s", {"a=b"}},
        {"s=\"1\"", "s", {"\"1\""}},
        {"a=x, s=1", "s", {}}, // a comma parts nothing
        {"s=1, a=x", "s", {"1, a=x"}},
        {"a=\"; s=1\"", "s", {"1\""}}, // and quotes hide nothing
        {"S=1", "s", {}},
        {"__HOST-s=1", "__Host-s", {}},
        {"__Host-s=1", "s", {}},
        {"s=1", "__Host-s", {}},
        {"xs=1", "s", {}},
        {"sx=1", "s", {}},
        {"s", "s", {}},
        {"s; a=1", "s", {}},
        {"s =1", "s", {}},
        {"=s=1", "s", {}}, // CVE-2023-23934
        {"=__Host-ngx_auth=1", "__Host-ngx_auth", {}},
        {" = s=1", "s", {}},
        {"=s", "s", {}},
        {"=", "", {}},
        {"=1", "", {}},
        {"s=1; s=1", "s", {"1", "1"}},
        {"s=1; a=0; s=2", "s", {"1", "2"}},
        {"a=0;s=1;s=2;b=3;;s=;s=4 ", "s", {"1", "2", "", "4"}},
        {"s=1; S=2", "s", {"1"}},
        {"s=1; =s=2", "s", {"1"}},
        {"s=1; s", "s", {"1"}},
    };

    for (const find_case& one_case : cases) {
        EXPECT_EQ(values_of(one_case.header, one_case.name), one_case.values)
            << one_case.header;
    }
}

TEST(cut_cookies, leaves_other_cookies_byte_for_byte)
{
    for (const std::string_view header :
         {"", ";", " ", "a=1", "a=1; b=2", "a=1;b=2;  c=\"3\" ;", ";; a=1 ;",
          "ngx_auths=1; xngx_auth=2; ngx_auth", "a=ngx_auth=1",
          "__Host-=1; __Secure-auth=2; auth=3", "=; ==; =a=b",
          "__Host-__Secure-ngx_auth=1", "a=1, ngx_auth=2"}) {
        EXPECT_EQ(cut(std::string(header)), header);
    }
}

TEST(cut_cookies, removes_ours_and_their_separators)
{
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"ngx_auth=t", ""},
        {"ngx_auth=t;", ""},
        {" ngx_auth=t ; ", ""},
        {"ngx_auth=", ""},
        {"ngx_auth=t; ngx_auth_device=d; ngx_auth_flash=f", ""},
        {"ngx_auth=t; a=1", "a=1"},
        {"ngx_auth=t;a=1", "a=1"},
        {"a=1; ngx_auth=t", "a=1"},
        {"a=1; ngx_auth=t;", "a=1"},
        {"a=1;ngx_auth=t", "a=1"},
        {"a=1; ngx_auth=t; b=2", "a=1; b=2"},
        {"a=1;ngx_auth=t;b=2", "a=1;b=2"},
        {"a=1;  ngx_auth=t; b = \"2\" ;c", "a=1; b = \"2\" ;c"},
        {"ngx_auth_flash=f; a=1; ngx_auth_device=d; b=2; ngx_auth=t",
         "a=1; b=2"},
        {"ngx_auth=1; ngx_auth=2; a=1; ngx_auth=3", "a=1"},
        // both spellings, and what others take for the same name
        {"__Host-ngx_auth=t; a=1; __Secure-ngx_auth=u", "a=1"},
        {"NGX_Auth=t; a=1; __hOST-ngx_auth_DEVICE=d; __SECURE-ngx_auth_flash=f",
         "a=1"},
        {"ngx_auth =t; a=1", "a=1"},
        {"a=1; =ngx_auth=t", "a=1"},
        {"a=1; = = __Host-ngx_auth=t; b=2", "a=1; b=2"},
    };

    for (const auto& [header, left] : cases) {
        EXPECT_EQ(cut(std::string(header)), left) << header;
    }
}

TEST(find_cookies, finds_the_first_that_follow_each_other)
{
    EXPECT_EQ(found_in("ngx_auth=t"), "ngx_auth=t");
    EXPECT_EQ(found_in("a=1; ngx_auth=t; b=2; ngx_auth=u"), " ngx_auth=t");
    EXPECT_EQ(found_in("ngx_auth=t; NGX_AUTH_device=d;b=2"),
              "ngx_auth=t; NGX_AUTH_device=d");
    EXPECT_EQ(found_in("a=1; __Host-ngx_auth=t;"), " __Host-ngx_auth=t");
    EXPECT_EQ(found_in("a=1; b=2; _c=3; __d=4; n=5; "), "");
    EXPECT_EQ(found_in(""), "");
}

TEST(cut_cookies, works_inside_a_larger_buffer)
{
    std::string buffer = "ngx_auth=t; a=1Zngx_auth=u";
    EXPECT_EQ(cut_cookies(buffer.data(), 15, {0, 10}, ours), 3u);
    EXPECT_EQ(buffer.substr(0, 3), "a=1");
    EXPECT_EQ(buffer.substr(15), "Zngx_auth=u");
}

/// Whatever is cut, no reader finds a cookie of ours any more, and every other
/// one is still found.
TEST(cut_cookies, leaves_nothing_of_ours_in_any_mixture)
{
    const std::string_view parts[] = {"a=1",
                                      " B = 2 ",
                                      "Z",
                                      "",
                                      " ",
                                      "ngx_auth=t",
                                      "__Host-ngx_auth_device=d",
                                      "=ngx_auth_flash=f",
                                      "NGX_AUTH=x"};
    const std::size_t count = std::size(parts), kept = 3;
    const auto has = [](const std::string& header, std::string_view part) {
        const std::size_t first = part.find_first_not_of(' ');
        const std::size_t last = part.find_last_not_of(' ');
        return header.find(part.substr(first, last - first + 1)) !=
               std::string::npos;
    };

    for (std::size_t i = 0; i < count * count * count * count; ++i) {
        std::string header(parts[i % count]);
        for (std::size_t n = i / count, part = 1; part < 4; ++part) {
            header.append(";").append(parts[n % count]);
            n /= count;
        }

        const std::string left = cut(header);
        EXPECT_EQ(left.find("auth_"), std::string::npos) << header;
        EXPECT_EQ(left.find("AUTH_"), std::string::npos) << header;
        for (std::size_t part = 0; part < kept; ++part) {
            EXPECT_EQ(has(left, parts[part]), has(header, parts[part]))
                << header;
        }
        if (left != header && !left.empty()) {
            const std::string_view separators = "; ";
            EXPECT_EQ(separators.find(left.front()), std::string_view::npos);
            EXPECT_EQ(separators.find(left.back()), std::string_view::npos);
        }
    }
}

TEST(set_cookie, has_the_exact_text)
{
    set_cookie cookie;
    cookie.name = "ngx_auth";
    cookie.value = "TOKEN";
    EXPECT_EQ(format_set_cookie(cookie),
              "ngx_auth=TOKEN; Path=/; HttpOnly; SameSite=Lax");

    cookie.secure = true;
    EXPECT_EQ(format_set_cookie(cookie),
              "__Host-ngx_auth=TOKEN; Path=/; Secure; HttpOnly; "
              "SameSite=Lax");

    cookie.strict = true;
    EXPECT_EQ(format_set_cookie(cookie),
              "__Host-ngx_auth=TOKEN; Path=/; Secure; HttpOnly; "
              "SameSite=Strict");

    cookie.domain = "example.com";
    cookie.max_age = 31536000;
    EXPECT_EQ(format_set_cookie(cookie),
              "__Secure-ngx_auth=TOKEN; Path=/; Domain=example.com; "
              "Max-Age=31536000; Secure; HttpOnly; SameSite=Strict");

    cookie.host_only = true;
    cookie.strict = false;
    EXPECT_EQ(format_set_cookie(cookie),
              "__Secure-ngx_auth=TOKEN; Path=/; Max-Age=31536000; Secure; "
              "HttpOnly; SameSite=Lax");

    cookie.host_only = false;
    cookie.value = "";
    cookie.secure = false;
    cookie.max_age = 0;
    EXPECT_EQ(format_set_cookie(cookie),
              "ngx_auth=; Path=/; Domain=example.com; Max-Age=0; "
              "Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; SameSite=Lax");
}

TEST(set_cookie, names_the_promise)
{
    EXPECT_EQ(cookie_full_name("s", false, false), "s");
    EXPECT_EQ(cookie_full_name("s", false, true), "s");
    EXPECT_EQ(cookie_full_name("s", true, false), "__Host-s");
    EXPECT_EQ(cookie_full_name("s", true, true), "__Secure-s");
}

} // namespace
} // namespace auth
