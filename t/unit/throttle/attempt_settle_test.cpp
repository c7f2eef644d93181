// What becomes of a reservation: success, nothing at all, or a failure.

#include "attempt_table_fixture.h"

namespace auth {
namespace {

using namespace test;

using attempt_settled = attempt_table_test;

constexpr std::uint64_t home = ipv4(1);

TEST_F(attempt_settled, success_clears_the_user_and_not_the_address)
{
    for (int i = 0; i < 4; ++i) {
        fail(4, "user" + std::to_string(i), home);
    }
    EXPECT_EQ(fail(3, "ann", home), 3); // the address is at 19
    EXPECT_TRUE(succeeds("ann", home));
    EXPECT_TRUE(succeeds("ann", home));
    // Still at 19, so one more; which then is in the way of the user's five.
    EXPECT_EQ(fail(100, "ann", home), 1);
    EXPECT_EQ(attempt("ann", home).by, attempt_kind::address);
    now += 30 * second;
    EXPECT_TRUE(succeeds("ann", home));
    EXPECT_TRUE(succeeds("ann", home)); // one at a time, but no wait
    EXPECT_EQ(fail(2, "user0", home), 1);
    EXPECT_EQ(attempt("ann", home).retry_after_s, 60u);
}

TEST_F(attempt_settled, success_ends_the_users_delay)
{
    fail(5, "ann", home);
    now += 30 * second;
    EXPECT_TRUE(succeeds("ann", home));
    EXPECT_EQ(fail(100, "ann", home), 5);
    EXPECT_EQ(attempt("ann", home).retry_after_s, 30u);
}

TEST_F(attempt_settled, success_does_not_forget_guesses_from_elsewhere)
{
    for (std::uint32_t i = 0; i < 29; ++i) {
        fail(1, "ann", ipv4(100 + i));
    }
    EXPECT_TRUE(succeeds("ann", home));
    EXPECT_EQ(fail(2, "ann", ipv4(200)), 1);
    EXPECT_EQ(attempt("ann", ipv4(201)).by, attempt_kind::user_total);
}

TEST_F(attempt_settled, what_is_given_back_never_was)
{
    for (const std::uint64_t prefix : {home, ipv6(1, 1)}) {
        const counters_seen before = counters();
        for (int i = 0; i < 1000; ++i) {
            attempt_verdict verdict = attempt("ann", prefix);
            ASSERT_EQ(verdict.what, outcome::admitted);
            table.give_back(verdict.reservation);
            table.give_back(verdict.reservation); // void by now
            table.succeed(verdict.reservation);
        }
        EXPECT_EQ(counters().size(), before.size());
        EXPECT_EQ(fail(100, "ann", prefix), 5);
    }
}

TEST_F(attempt_settled, what_is_given_back_from_a_delay_leaves_it_as_it_was)
{
    fail(5, "ann", home);
    now += 45 * second;
    attempt_verdict verdict = attempt("ann", home);
    ASSERT_EQ(verdict.what, outcome::admitted);
    EXPECT_EQ(attempt("ann", home).retry_after_s, 60u);
    now += 2 * second;
    table.give_back(verdict.reservation);
    EXPECT_EQ(fail(2, "ann", home), 1);
    EXPECT_EQ(attempt("ann", home).retry_after_s, 60u);
}

TEST_F(attempt_settled, a_reservation_that_nobody_settles_stays_a_failure)
{
    for (int i = 0; i < 5; ++i) {
        attempt("ann", home);
    }
    EXPECT_EQ(attempt("ann", home).what, outcome::refused);
}

TEST_F(attempt_settled, old_reservations_do_not_touch_a_counter_begun_anew)
{
    attempt_verdict old = attempt("ann", home);
    now += 15 * minute;
    EXPECT_EQ(fail(5, "ann", home), 5);
    table.give_back(old.reservation);
    EXPECT_EQ(attempt("ann", home).what, outcome::refused);

    attempt_verdict slow = attempt("bob", home);
    EXPECT_TRUE(succeeds("bob", home));
    EXPECT_EQ(fail(5, "bob", home), 5);
    table.succeed(slow.reservation);
    EXPECT_EQ(attempt("bob", home).what, outcome::refused);
}

// As a process leaves it that dies while it moves a counter.
TEST_F(attempt_settled, success_clears_a_counter_that_is_there_twice)
{
    fail(5, "ann", home);
    now += 30 * second;
    attempt_verdict verdict = attempt("ann", home);
    ASSERT_EQ(verdict.what, outcome::admitted);

    auto* const all = reinterpret_cast<attempt_layout::counter*>(
        reinterpret_cast<attempt_layout::header*>(memory_.data()) + 1);
    for (std::uint32_t i = 0; i < table.capacity(); ++i) {
        if (live(all[i]) && kind_of(all[i]) == attempt_kind::user) {
            const std::uint32_t other = i % 8 == 7 ? i - 1 : i + 1;
            ASSERT_FALSE(live(all[other]));
            all[other] = all[i];
            break;
        }
    }
    table.succeed(verdict.reservation);
    EXPECT_EQ(counters().size(), 2u); // the address and the user_total
    EXPECT_EQ(fail(100, "ann", home), 5);
}

} // namespace
} // namespace auth
