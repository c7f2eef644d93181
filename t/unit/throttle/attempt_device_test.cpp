// A browser that has logged in as the user is counted apart, so that nobody
// can keep the owner out.

#include "attempt_table_fixture.h"

namespace auth {
namespace {

using namespace test;

class attempt_device : public attempt_table_test
{
protected:
    const std::uint64_t home = ipv4(1), elsewhere = ipv4(2);
    const device_key device = device_of(1);
};

TEST_F(attempt_device, counts_under_its_own_key_only)
{
    EXPECT_EQ(fail(100, "ann", home, &device), 5);
    EXPECT_EQ(attempt("ann", home, &device).by, attempt_kind::device);
    EXPECT_EQ(attempt("ann", elsewhere, &device).retry_after_s, 30u);
    EXPECT_EQ(counters().size(), 1u);
    EXPECT_EQ(fail(100, "ann", home), 5);
    const device_key other = device_of(2);
    EXPECT_EQ(fail(100, "ann", home, &other), 5);
    EXPECT_EQ(fail(100, "bob", home, &device), 5);
}

TEST_F(attempt_device, success_clears_its_count_and_no_other)
{
    EXPECT_EQ(fail(4, "ann", home), 4);
    EXPECT_EQ(fail(4, "ann", home, &device), 4);
    EXPECT_TRUE(succeeds("ann", home, &device));
    EXPECT_EQ(fail(100, "ann", home, &device), 5);
    EXPECT_EQ(fail(100, "ann", home), 1);
}

TEST_F(attempt_device, ten_thousand_failures_from_elsewhere)
{
    for (std::uint32_t i = 0; i < 10'000; ++i) {
        now += second;
        fail(1, "ann", ipv4(100 + i % 500));
    }
    EXPECT_GT(attempt("ann", elsewhere).retry_after_s, 0u);
    EXPECT_EQ(wait("ann", home, &device), 0u);
    EXPECT_TRUE(succeeds("ann", home, &device));
    EXPECT_EQ(fail(100, "ann", home, &device), 5);
}

TEST_F(attempt_device, ten_thousand_failures_from_the_same_address)
{
    for (int i = 0; i < 10'000; ++i) {
        now += second;
        fail(1, i % 2 == 0 ? "ann" : "user" + std::to_string(i), home);
    }
    EXPECT_GT(attempt("ann", home).retry_after_s, 0u);
    EXPECT_EQ(wait("ann", home, &device), 0u);
    EXPECT_EQ(fail(100, "ann", home, &device), 5);
}

TEST_F(attempt_device, a_table_full_of_delays)
{
    resize(16);
    limits.registration.address = 1;
    for (std::uint32_t i = 0; i < 16; ++i) {
        EXPECT_EQ(registration(ipv4(i)).what, outcome::admitted);
    }
    EXPECT_EQ(attempt("ann", home).what, outcome::table_full);
    EXPECT_TRUE(succeeds("ann", home, &device));
    EXPECT_EQ(fail(100, "ann", home, &device), 100); // there is no counter
}

TEST_F(attempt_device, is_no_limit_when_off)
{
    limits.login.device = 0;
    EXPECT_EQ(fail(100, "ann", home, &device), 100);
    EXPECT_EQ(counters().size(), 0u);
}

} // namespace
} // namespace auth
