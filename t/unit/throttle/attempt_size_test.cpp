// Sizes, and what an attempt costs.

#include "attempt_table_fixture.h"

#include <chrono>
#include <cstdio>

namespace auth {
namespace {

using namespace test;

class attempt_size : public attempt_table_test
{
protected:
    template <typename Work>
    static void measure(const char* what, int times, Work work)
    {
        const auto then = std::chrono::steady_clock::now();
        for (int i = 0; i < times; ++i) {
            work(i);
        }
        const std::chrono::duration<double, std::nano> taken =
            std::chrono::steady_clock::now() - then;
        std::printf("    %.0f ns: %s\n", taken.count() / times, what);
    }
};

TEST_F(attempt_size, capacities)
{
    EXPECT_EQ(attempt_table::capacity_for(0), 0u);
    EXPECT_EQ(attempt_table::capacity_for(table_size(8) - 1), 0u);
    EXPECT_EQ(attempt_table::capacity_for(table_size(8)), 8u);
    EXPECT_EQ(attempt_table::capacity_for(table_size(16) - 1), 8u);
    for (std::size_t size = 0; size < 100'000; size += 999) {
        EXPECT_LE(table_size(attempt_table::capacity_for(size)),
                  std::max(size, table_size(0)));
    }
    std::printf("    %zu bytes a counter, %u counters in 1 MiB\n",
                attempt_table::bytes_per_counter,
                attempt_table::capacity_for(1 << 20));
}

TEST_F(attempt_size, the_smallest_table_works)
{
    resize(8);
    EXPECT_EQ(fail(100, "ann", ipv6(1, 1)), 5);
    EXPECT_EQ(fail(100, "bob", ipv6(1, 1)), 5);
    EXPECT_TRUE(succeeds("tom", ipv6(1, 1)));
}

TEST_F(attempt_size, figures)
{
    resize((1 << 20) / 40 / 8 * 8);
    const std::string ann = "ann@example.org";
    measure("reserve and give back, IPv4", 1'000'000, [&](int) {
        attempt_verdict verdict =
            table.reserve(login_attempt{ann, ipv4(1)}, limits, now);
        table.give_back(verdict.reservation);
    });
    measure("reserve and give back, IPv6", 1'000'000, [&](int) {
        attempt_verdict verdict =
            table.reserve(login_attempt{ann, ipv6(1, 1)}, limits, now);
        table.give_back(verdict.reservation);
    });
    const device_key device = device_of(1);
    measure("reserve and succeed, known device", 1'000'000, [&](int) {
        attempt_verdict verdict =
            table.reserve(login_attempt{ann, ipv4(1), &device}, limits, now);
        table.succeed(verdict.reservation);
    });
    fail(5, ann, ipv4(1));
    measure("refused", 1'000'000, [&](int) {
        table.reserve(login_attempt{ann, ipv4(1)}, limits, now);
    });
    measure("reserve with three new counters, full table", 200'000, [&](int i) {
        const auto address = static_cast<std::uint32_t>(i);
        table.reserve(
            login_attempt{
                std::string_view(reinterpret_cast<const char*>(&address), 4),
                ipv4(address)},
            limits, now);
    });
    limits.login.user = limits.login.user_total = limits.login.address = 1;
    measure("refused by a table of delays", 200'000, [&](int i) {
        const auto address = static_cast<std::uint32_t>(i) + 1'000'000;
        table.reserve(
            login_attempt{
                std::string_view(reinterpret_cast<const char*>(&address), 4),
                ipv4(address)},
            limits, now);
    });
}

} // namespace
} // namespace auth
