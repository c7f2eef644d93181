#include "settings/units.h"

#include <gtest/gtest.h>

namespace auth {
namespace {

constexpr std::uint64_t hour = 60 * 60 * 1000;

TEST(units, numbers_are_digits_alone)
{
    EXPECT_EQ(read_number("0"), 0u);
    EXPECT_EQ(read_number("0017"), 17u);
    EXPECT_EQ(read_number("9223372036854775807"), 9223372036854775807u);
    for (const char* bad : {"", "-1", "+1", " 1", "1 ", "1.5", "0x1", "1k",
                            "9223372036854775808", "99999999999999999999"}) {
        EXPECT_EQ(read_number(bad), std::nullopt) << bad;
    }
}

TEST(units, sizes_have_k_or_m)
{
    EXPECT_EQ(read_size("65536"), 65536u);
    EXPECT_EQ(read_size("512k"), 512u * 1024);
    EXPECT_EQ(read_size("512K"), 512u * 1024);
    EXPECT_EQ(read_size("10m"), 10u * 1024 * 1024);
    EXPECT_EQ(read_size("10M"), 10u * 1024 * 1024);
    EXPECT_EQ(read_size("8796093022207m"), 8796093022207u * 1024 * 1024);
    for (const char* bad : {"", "k", "m", "1g", "1kk", "1 k", "-1k", "1.5m",
                            "8796093022208m", "9223372036854775808"}) {
        EXPECT_EQ(read_size(bad), std::nullopt) << bad;
    }
}

/// As ngx_parse_time() does with milliseconds: the odd ones, too.
TEST(units, times_are_nginx_s)
{
    EXPECT_EQ(read_time("30"), 30'000u);
    EXPECT_EQ(read_time("30s"), 30'000u);
    EXPECT_EQ(read_time("500ms"), 500u);
    EXPECT_EQ(read_time("30m"), hour / 2);
    EXPECT_EQ(read_time("12h"), 12 * hour);
    EXPECT_EQ(read_time("1d"), 24 * hour);
    EXPECT_EQ(read_time("2w"), 14 * 24 * hour);
    EXPECT_EQ(read_time("1h30m"), hour * 3 / 2);
    EXPECT_EQ(read_time("1d 12h"), 36 * hour);
    EXPECT_EQ(read_time("1w2d3h4m5s6ms"),
              (7 + 2) * 24 * hour + 3 * hour + 4 * 60'000 + 5'006);
    EXPECT_EQ(read_time("0"), 0u);
    EXPECT_EQ(read_time("1m5"), 65'000u); // seconds at the end
    EXPECT_EQ(read_time("5ms3"), 3'005u);
    EXPECT_EQ(read_time("h5"), 5'000u); // no number is none
    EXPECT_EQ(read_time("5 "), 5'000u);
    EXPECT_EQ(read_time("1 2"), 3'000u);
    EXPECT_EQ(read_time("9223372036854775807ms"), 9223372036854775807u);
    for (const char* bad : {"",
                            " ",
                            "m",
                            "hms",
                            "-1m",
                            "1y",
                            "1M",
                            "1x",
                            "1m1h",
                            "1m1m",
                            "1s1s",
                            "1ms1s",
                            "1 2s",
                            "1 2 ",
                            "soon",
                            "12parsecs",
                            "1.5h",
                            "1s 1s",
                            "9223372036854775808ms",
                            "9223372036854776s",
                            "9223372036854775807",
                            "99999999999999999999"}) {
        EXPECT_EQ(read_time(bad), std::nullopt) << bad;
    }
}

} // namespace
} // namespace auth
