#include "metrics/prometheus_text.h"

#include <gtest/gtest.h>

namespace auth {
namespace {

using type = prometheus_text::type;

TEST(prometheus_text_test, counter_with_a_label)
{
    prometheus_text page("site");
    page.begin("logins_total", type::counter, "Logins");
    page.add(3, {"outcome", "accepted"});
    page.add(UINT64_MAX, {"outcome", "refused"});
    EXPECT_EQ(page.text(),
              "# HELP logins_total Logins\n"
              "# TYPE logins_total counter\n"
              "logins_total{realm=\"site\",outcome=\"accepted\"} 3\n"
              "logins_total{realm=\"site\",outcome=\"refused\"} "
              "18446744073709551615\n");
}

TEST(prometheus_text_test, gauge_in_seconds)
{
    prometheus_text page("site");
    page.begin("lag_seconds", type::gauge, "Lag");
    page.add_seconds(0);
    EXPECT_EQ(page.text(), "# HELP lag_seconds Lag\n"
                           "# TYPE lag_seconds gauge\n"
                           "lag_seconds{realm=\"site\"} 0.000000\n");
}

TEST(prometheus_text_test, microseconds_have_six_digits)
{
    prometheus_text page("");
    page.begin("x", type::gauge, "X");
    page.add_seconds(12000034, {"a", "b"});
    EXPECT_NE(page.text().find("x{realm=\"\",a=\"b\"} 12.000034\n"),
              std::string::npos);
}

TEST(prometheus_text_test, escapes_labels)
{
    prometheus_text page("a\"b\\c\nd");
    page.begin("x", type::gauge, "X");
    page.add(1, {"l", "\"\\\n"});
    EXPECT_NE(page.text().find(R"(x{realm="a\"b\\c\nd",l="\"\\\n"} 1)"
                               "\n"),
              std::string::npos);
}

TEST(prometheus_text_test, escapes_help)
{
    prometheus_text page("site");
    page.begin("x", type::gauge, "a \"b\" \\ c\nd");
    EXPECT_EQ(page.text(), "# HELP x a \"b\" \\\\ c\\nd\n# TYPE x gauge\n");
}

} // namespace
} // namespace auth
