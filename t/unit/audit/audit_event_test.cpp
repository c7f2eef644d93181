#include "audit/audit_event.h"

#include <nlohmann/json.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace auth {
namespace {

using nlohmann::json;

constexpr audit_time noon{1767355445, 7}; // 2026-01-02

std::string line_of(const audit_event& what)
{
    return audit_line("site", what, noon);
}

json parsed(const audit_event& what)
{
    const std::string line = line_of(what);
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
    EXPECT_EQ(line.back(), '\n');
    EXPECT_TRUE(std::all_of(line.begin(), line.end() - 1, [](char c) {
        return c >= 0x20 && c < 0x7f;
    })) << line;
    EXPECT_LE(line.size(), 8192U);
    return json::parse(line);
}

json user_of(std::string_view user)
{
    return parsed(audit_event(audit_kind::login_failed, user))["user"];
}

TEST(audit_event, has_every_field_in_its_order)
{
    audit_event what(audit_kind::session_ended, "alice", "disabled");
    what.address = "2001:db8::1";
    std::copy_n("0123456789ab", 12, what.session.begin());
    what.count = 3;
    what.retry_after_s = 30;
    EXPECT_EQ(line_of(what),
              "{\"time\":\"2026-01-02T12:04:05.007Z\","
              "\"event\":\"session ended\",\"realm\":\"site\","
              "\"address\":\"2001:db8::1\",\"session\":\"0123456789ab\","
              "\"count\":3,\"retry_after\":30,\"user\":\"alice\","
              "\"reason\":\"disabled\"}\n");
}

TEST(audit_event, leaves_out_what_is_not_known)
{
    EXPECT_EQ(line_of(audit_event(audit_kind::registered)),
              "{\"time\":\"2026-01-02T12:04:05.007Z\","
              "\"event\":\"registered\",\"realm\":\"site\"}\n");
}

TEST(audit_event, names_every_kind)
{
    for (int i = 0; i <= static_cast<int>(audit_kind::form_refused); ++i) {
        const audit_event what(static_cast<audit_kind>(i));
        EXPECT_NE(parsed(what)["event"], "") << i;
    }
}

TEST(audit_event, no_name_breaks_a_line_or_forges_a_field)
{
    const std::string hostile[] = {
        "a\r\nb",
        "\x1b[31m",
        "\x7f",
        "q\"uote\\",
        "\xc2\x9b",
        "\xe2\x80\xa8", // U+2028, a line's end to some
        "x\",\"address\":\"192.0.2.1\",\"y\":\"",
        "}\n{\"event\":\"login failed\",\"address\":\"192.0.2.1\"}"};
    for (const std::string& name : hostile) {
        EXPECT_EQ(user_of(name), name);
        EXPECT_FALSE(parsed(audit_event(audit_kind::login_failed, name))
                         .contains("address"));
    }
    EXPECT_EQ(user_of(std::string_view("a\0b", 3)), std::string("a\0b", 3));
}

TEST(audit_event, invalid_utf8_is_replaced)
{
    EXPECT_EQ(user_of("a\xff\x62"), "a\xef\xbf\xbd\x62");
    EXPECT_EQ(user_of("\xc3"), "\xef\xbf\xbd");
    EXPECT_EQ(user_of("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(audit_event, cuts_long_names_between_characters)
{
    const std::string fits(128, 'a');
    json line = parsed(audit_event(audit_kind::login_failed, fits));
    EXPECT_EQ(line["user"], fits);
    EXPECT_FALSE(line.contains("user_cut"));

    line = parsed(audit_event(audit_kind::login_failed, fits + "a"));
    EXPECT_EQ(line["user"], fits);
    EXPECT_EQ(line["user_cut"], true);

    const std::string euros = std::string(126, 'a') + "\xe2\x82\xac" + "b";
    EXPECT_EQ(user_of(euros), std::string(126, 'a'));
    // No UTF-8 at all: not everything is taken for one character.
    EXPECT_EQ(user_of(std::string(300, '\x80')).get<std::string>().size(),
              125U * 3);
}

TEST(audit_event, stays_short_whatever_it_is_given)
{
    const std::string long_text(100000, '\x01');
    audit_event what(audit_kind::store_error, long_text, long_text);
    what.address = "2001:db8:1111:2222:3333:4444:5555:6666";
    EXPECT_EQ(parsed(what)["reason"], std::string(1024, '\x01'));
}

} // namespace
} // namespace auth
