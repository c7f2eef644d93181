// The rules, one by one, with a clock that stands still between two steps.

#include "attempt_table_fixture.h"

namespace auth {
namespace {

using namespace test;

using attempt_rules = attempt_table_test;

constexpr std::uint64_t home = ipv4(1), elsewhere = ipv4(2);

TEST_F(attempt_rules, a_user_may_fail_five_times_from_one_prefix)
{
    EXPECT_EQ(fail(100, "ann", home), 5);
    EXPECT_EQ(attempt("ann", home).what, outcome::refused);
    EXPECT_EQ(attempt("ann", home).by, attempt_kind::user);
    EXPECT_EQ(attempt("ann", home).retry_after_s, 30u);
    // Nobody else is touched, nor the user elsewhere.
    EXPECT_EQ(fail(1, "bob", home), 1);
    EXPECT_EQ(fail(100, "ann", elsewhere), 5);
}

TEST_F(attempt_rules, a_user_may_fail_thirty_times_from_everywhere)
{
    int admitted = 0;
    for (std::uint32_t i = 0; i < 100; ++i) {
        admitted += fail(1, "ann", ipv4(i));
    }
    EXPECT_EQ(admitted, 30);
    EXPECT_EQ(attempt("ann", ipv4(1000)).by, attempt_kind::user_total);
    EXPECT_EQ(fail(1, "bob", ipv4(1)), 1);
}

TEST_F(attempt_rules, an_address_may_fail_twenty_times_whoever_it_tries)
{
    int admitted = 0;
    for (int i = 0; i < 100; ++i) {
        admitted += fail(1, "user" + std::to_string(i), home);
    }
    EXPECT_EQ(admitted, 20);
    EXPECT_EQ(attempt("ann", home).by, attempt_kind::address);
    EXPECT_EQ(fail(1, "user1", elsewhere), 1);
}

TEST_F(attempt_rules, a_network_may_fail_five_times_as_often)
{
    int admitted = 0;
    for (int i = 0; i < 500; ++i) {
        admitted += fail(1, "user" + std::to_string(i),
                         ipv6(7, static_cast<std::uint16_t>(i % 50)));
    }
    EXPECT_EQ(admitted, 100);
    EXPECT_EQ(attempt("ann", ipv6(7, 1000)).by, attempt_kind::network);
    EXPECT_EQ(wait("ann", ipv6(8, 1000)), 0u);
    // IPv4 addresses and ::1 are in none.
    limits.login.address = 1;
    int of_ipv4 = 0;
    for (std::uint32_t i = 0; i < 100; ++i) {
        of_ipv4 += fail(1, "v4 " + std::to_string(i), ipv4(i));
    }
    EXPECT_EQ(of_ipv4, 100);
    EXPECT_EQ(fail(1, "v6", UINT64_C(0xff00'0006'0000'0000)), 1);
}

TEST_F(attempt_rules, without_an_address_only_the_user_counts)
{
    for (int i = 0; i < 200; ++i) {
        EXPECT_EQ(fail(1, "user" + std::to_string(i), 0), 1);
    }
    EXPECT_EQ(fail(100, "ann", 0), 5);
    EXPECT_EQ(registration(0).what, outcome::admitted);
}

TEST_F(attempt_rules, delays_grow_to_a_cap_and_admit_one_each)
{
    EXPECT_EQ(fail(100, "ann", home), 5);
    for (const std::uint64_t delay :
         {30 * second, 1 * minute, 2 * minute, 4 * minute, 8 * minute,
          15 * minute, 15 * minute, 15 * minute}) {
        EXPECT_EQ(attempt("ann", home).retry_after_s, delay / second);
        now += delay - 1;
        EXPECT_EQ(attempt("ann", home).retry_after_s, 1u);
        now += 1;
        EXPECT_EQ(fail(100, "ann", home), 1);
    }
}

TEST_F(attempt_rules, a_short_cap_and_a_long_one)
{
    limits.login.delay_ms = 10 * second;
    fail(5, "ann", home);
    for (int i = 0; i < 5; ++i) {
        EXPECT_EQ(attempt("ann", home).retry_after_s, 10u);
        now += 10 * second;
        EXPECT_EQ(fail(2, "ann", home), 1);
    }
    limits.login.delay_ms = 7 * 24 * 60 * minute;
    limits.login.address = 0;
    std::uint64_t delay = 30 * second << 5;
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(attempt("ann", home).retry_after_s, delay / second);
        now += delay;
        EXPECT_EQ(fail(2, "ann", home), 1);
        delay = std::min(2 * delay, limits.login.delay_ms);
    }
}

TEST_F(attempt_rules, refused_attempts_neither_count_nor_extend)
{
    fail(5, "ann", home);
    const std::vector<std::uint64_t> before = memory_;
    for (int i = 0; i < 10'000; ++i) {
        now += 2;
        EXPECT_EQ(attempt("ann", home).what, outcome::refused);
    }
    EXPECT_EQ(memory_, before);
    EXPECT_EQ(attempt("ann", home).retry_after_s, 10u);
    now += 10 * second;
    EXPECT_EQ(attempt("ann", home).what, outcome::admitted);
}

TEST_F(attempt_rules, an_address_in_delay_makes_no_counters)
{
    for (int i = 0; i < 20; ++i) {
        fail(1, "user" + std::to_string(i), ipv6(1, 1));
    }
    const std::vector<std::uint64_t> before = memory_;
    EXPECT_EQ(fail(100, "new", ipv6(1, 1)), 0);
    EXPECT_EQ(memory_, before);
}

TEST_F(attempt_rules, the_longest_wait_is_told)
{
    for (int i = 0; i < 20; ++i) {
        fail(1, "user" + std::to_string(i), home);
    }
    now += 30 * second;
    fail(1, "last", home); // the address: 60 s
    now += 5 * second;
    for (std::uint32_t i = 0; i < 30; ++i) {
        fail(1, "ann", ipv4(100 + i)); // the user: 30 s
    }
    EXPECT_EQ(attempt("ann", home).retry_after_s, 55u);
    EXPECT_EQ(attempt("ann", home).by, attempt_kind::address);
    EXPECT_EQ(attempt("ann", elsewhere).retry_after_s, 30u);
}

TEST_F(attempt_rules, failures_are_forgotten_a_window_after_the_first)
{
    fail(1, "ann", home);
    now += 10 * minute;
    fail(3, "ann", home);
    now += 5 * minute - 1;
    EXPECT_EQ(fail(1, "ann", home), 1); // the fifth
    EXPECT_EQ(fail(1, "ann", home), 0);

    fail(1, "bob", elsewhere);
    now += 10 * minute;
    fail(3, "bob", elsewhere);
    now += 5 * minute;
    EXPECT_EQ(fail(100, "bob", elsewhere), 5);
}

TEST_F(attempt_rules, steps_are_forgotten_a_window_after_the_delay)
{
    fail(5, "ann", home);
    now += 30 * second;
    fail(1, "ann", home);
    now += 1 * minute + 15 * minute - 1;
    EXPECT_EQ(fail(100, "ann", home), 1);
    EXPECT_EQ(attempt("ann", home).retry_after_s, 120u);
    now += 2 * minute + 15 * minute;
    EXPECT_EQ(fail(100, "ann", home), 5);
    EXPECT_EQ(attempt("ann", home).retry_after_s, 30u);
}

TEST_F(attempt_rules, registrations_are_counted_by_address_and_stay_so)
{
    int admitted = 0;
    for (int i = 0; i < 100; ++i) {
        attempt_verdict verdict = registration(home);
        admitted += verdict.what == outcome::admitted;
        table.succeed(verdict.reservation);
    }
    EXPECT_EQ(admitted, 10);
    EXPECT_EQ(registration(home).by, attempt_kind::registration);
    EXPECT_EQ(wait("ann", home), 0u); // logins are another matter
    now += 30 * second;
    attempt_verdict failed = registration(home);
    EXPECT_EQ(failed.what, outcome::admitted);
    table.give_back(failed.reservation);
    EXPECT_EQ(registration(home).what, outcome::admitted);

    admitted = 0;
    for (std::uint16_t i = 0; i < 100; ++i) {
        admitted += registration(ipv6(1, i)).what == outcome::admitted;
    }
    EXPECT_EQ(admitted, 50);
    EXPECT_EQ(registration(ipv6(1, 200)).by,
              attempt_kind::registration_network);
    now += 62 * minute;
    EXPECT_EQ(registration(ipv6(1, 200)).what, outcome::admitted);
}

TEST_F(attempt_rules, a_limit_of_zero_is_none)
{
    limits.login.user = limits.login.user_total = 0;
    EXPECT_EQ(fail(100, "ann", home), 20);
    limits.login.address = 0;
    EXPECT_EQ(fail(100, "ann", home), 100);
    limits.registration.address = 0;
    EXPECT_EQ(registration(home).what, outcome::admitted);
}

TEST_F(attempt_rules, new_limits_hold_for_counters_that_are_there)
{
    fail(4, "ann", home);
    limits.login.user = 3;
    EXPECT_EQ(attempt("ann", home).retry_after_s, 60u);
    limits.login.user = 6;
    EXPECT_EQ(fail(100, "ann", home), 2);
}

TEST_F(attempt_rules, a_clock_that_lags_changes_nothing)
{
    fail(2, "ann", home);
    now -= 400;
    EXPECT_EQ(fail(100, "ann", home), 3);
    EXPECT_EQ(attempt("ann", home).retry_after_s, 31u);
    now += 400 + 30 * second;
    EXPECT_EQ(fail(100, "ann", home), 1);
}

// The first of the vectors that the authors publish, and the one of 15 bytes
// in their paper.
TEST(attempt_hash, is_siphash_2_4)
{
    attempt_table_key key;
    char text[15];
    for (std::uint8_t i = 0; i < 16; ++i) {
        key[i] = i;
    }
    for (char i = 0; i < 15; ++i) {
        text[static_cast<int>(i)] = i;
    }
    EXPECT_EQ(attempt_layout::hash_of(key, {}), UINT64_C(0x726fdb47dd0e0e31));
    EXPECT_EQ(attempt_layout::hash_of(key, {text, 8}),
              UINT64_C(0x93f5f5799a932462));
    EXPECT_EQ(attempt_layout::hash_of(key, {text, sizeof text}),
              UINT64_C(0xa129ca6149be45e5));
}

} // namespace
} // namespace auth
