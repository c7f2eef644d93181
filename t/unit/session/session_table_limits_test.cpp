#include "session_table_fixture.h"

#include <vector>

namespace auth {
namespace {

using test::digest_of;
using test::identity_of;
using test::session_table_test;

constexpr session_limits limits = test::usual_limits;

TEST_F(session_table_test, ends_when_it_is_idle)
{
    insert(1, 7);
    now += limits.idle_ms - 1;
    EXPECT_TRUE(find(1)); // which is a use
    now += limits.idle_ms - 1;
    EXPECT_TRUE(find(1));
    now += limits.idle_ms;
    EXPECT_FALSE(find(1));
    EXPECT_EQ(table.live_sessions(), 0u);
    now -= limits.idle_ms;
    EXPECT_FALSE(find(1));
}

TEST_F(session_table_test, ends_when_it_is_old_however_busy)
{
    insert(1, 7);
    const std::uint64_t end = now + limits.lifetime_ms;
    for (; now < end; now += limits.idle_ms / 2) {
        ASSERT_TRUE(find(1));
    }
    now = end - 1;
    ASSERT_TRUE(find(1));
    now = end;
    EXPECT_FALSE(find(1));
    EXPECT_EQ(table.live_sessions(), 0u);
}

TEST_F(session_table_test, new_limits_apply_to_old_sessions)
{
    insert(1, 7);
    now += 60'000;
    EXPECT_FALSE(find(1, {60'000, limits.lifetime_ms, 20}));
    insert(2, 7);
    now += 60'000;
    EXPECT_FALSE(find(2, {limits.idle_ms, 60'000, 20}));
    insert(3, 7);
    now += limits.lifetime_ms * 2;
    EXPECT_TRUE(find(3, {UINT64_MAX, UINT64_MAX, 20}));
}

TEST_F(session_table_test, most_look_ups_write_nothing)
{
    insert(1, 7);
    insert(2, 7);
    const std::vector<std::uint64_t> before = memory_;
    now += 999;
    EXPECT_TRUE(find(1));
    EXPECT_EQ(memory_, before);
    EXPECT_FALSE(find(1, limits, false));
    EXPECT_FALSE(find(3));
    EXPECT_EQ(memory_, before);
    now += 1;
    EXPECT_TRUE(find(1));
    EXPECT_NE(memory_, before);
}

TEST_F(session_table_test, a_short_idle_time_does_not_end_a_busy_session)
{
    const session_limits short_limits{1000, limits.lifetime_ms, 20};
    insert(1, 7);
    for (int i = 0; i < 100; ++i, now += 700) {
        ASSERT_TRUE(find(1, short_limits));
    }
    now += 300;
    EXPECT_FALSE(find(1, short_limits));
}

TEST_F(session_table_test, a_clock_that_lags_behind_does_no_harm)
{
    insert(1, 7);
    now -= 5;
    insert(2, 8);
    EXPECT_TRUE(find(1));
    check();
    now += 2000;
    EXPECT_TRUE(find(1));
    now -= 5;
    EXPECT_TRUE(find(2));
    check();
    now += limits.idle_ms;
    EXPECT_TRUE(find(1)); // 5 ms late rather than early
    now += 5;
    EXPECT_FALSE(find(2));
}

TEST_F(session_table_test, a_time_from_far_ahead_is_damage)
{
    insert(1, 7);
    insert(2, 7);
    now -= 11 * 60'000;
    EXPECT_EQ(insert(3, 7), session_insert::done);
    EXPECT_FALSE(find(1));
    EXPECT_FALSE(find(2));
    EXPECT_TRUE(find(3));
    EXPECT_EQ(table.live_sessions(), 1u);
}

TEST_F(session_table_test, the_oldest_session_of_a_user_makes_room)
{
    const session_limits three{limits.idle_ms, limits.lifetime_ms, 3};
    insert(100, 8);
    for (std::uint64_t number = 1; number <= 5; ++number, now += 10'000) {
        EXPECT_EQ(insert(number, identity_of(7), three), session_insert::done);
        if (number >= 1) {
            find(1, three); // use does not make it younger
        }
    }
    EXPECT_FALSE(find(1));
    EXPECT_FALSE(find(2));
    EXPECT_TRUE(find(3));
    EXPECT_TRUE(find(4));
    EXPECT_TRUE(find(5));
    EXPECT_TRUE(find(100));

    // A lower limit after a reload.
    insert(6, identity_of(7), {limits.idle_ms, limits.lifetime_ms, 1});
    EXPECT_FALSE(find(3) || find(4) || find(5));
    EXPECT_TRUE(find(6));
    EXPECT_EQ(table.live_sessions(), 2u);

    // No limit.
    for (std::uint64_t number = 10; number < 24; ++number) {
        EXPECT_EQ(insert(number, identity_of(7),
                         {limits.idle_ms, limits.lifetime_ms, 0}),
                  session_insert::done);
    }
    EXPECT_EQ(table.live_sessions(), 16u);
}

TEST_F(session_table_test, expired_sessions_of_a_user_go_before_live_ones)
{
    const session_limits two{60'000, limits.lifetime_ms, 2};
    for (int i = 0; i < 4; ++i) {
        insert(100 + i, identity_of(100 + i), two); // keep the purge busy
    }
    insert(1, identity_of(7), two);
    now += 50'000;
    insert(2, identity_of(7), two);
    EXPECT_TRUE(find(1, two));
    now += 59'000; // 2 is younger, but it is 2 that nobody has used
    EXPECT_TRUE(find(1, two));
    now += 1'000;
    insert(3, identity_of(7), two);
    EXPECT_TRUE(find(1, two));
    EXPECT_FALSE(find(2, two));
    EXPECT_TRUE(find(3, two));
}

TEST_F(session_table_test, a_full_table_throws_nobody_out)
{
    for (std::uint64_t number = 0; number < 16; ++number, ++now) {
        EXPECT_EQ(insert(number, number), session_insert::done);
    }
    EXPECT_EQ(insert(16, 16), session_insert::full);
    EXPECT_EQ(table.live_sessions(), 16u);
    EXPECT_EQ(test::users_in(memory_.data()), 16u);
    for (std::uint64_t number = 0; number < 16; ++number) {
        EXPECT_TRUE(find(number));
    }
    // Not even for another session of a user below the limit.
    EXPECT_EQ(insert(16, 3), session_insert::full);
    // A user at the limit gets a session for the oldest one.
    EXPECT_EQ(insert(16, identity_of(3, "renamed"),
                     {limits.idle_ms, limits.lifetime_ms, 1}),
              session_insert::done);
    EXPECT_FALSE(find(3));
    EXPECT_TRUE(find(16));
    EXPECT_EQ(
        table.update_user(identity_of(4, "renamed"), identity_of(4, "renamed")),
        session_update::done);
    EXPECT_TRUE(find(4));
    EXPECT_EQ(found.name(), "renamed");
}

TEST_F(session_table_test, expired_sessions_make_room_in_a_full_table)
{
    for (std::uint64_t number = 0; number < 16; ++number) {
        insert(number, number);
    }
    now += limits.idle_ms - 1;
    EXPECT_TRUE(find(5));
    now += 1;
    for (std::uint64_t number = 20; number < 35; ++number) {
        EXPECT_EQ(insert(number, number), session_insert::done);
    }
    EXPECT_TRUE(find(5));
    EXPECT_EQ(insert(35, 35), session_insert::full);
    for (std::uint64_t number = 20; number < 35; ++number) {
        EXPECT_TRUE(find(number));
    }
}

TEST_F(session_table_test, age_makes_room_too)
{
    for (std::uint64_t number = 0; number < 16; ++number) {
        insert(number, number);
    }
    const session_limits aged{UINT64_MAX, 1000, 20};
    now += 1000;
    EXPECT_EQ(insert(20, identity_of(20), aged), session_insert::done);
    EXPECT_TRUE(find(20, aged));
    EXPECT_EQ(test::purge(table, memory_.data(), aged, now), 14u);
}

TEST_F(session_table_test, sessions_that_have_expired_go_with_their_users)
{
    for (std::uint64_t number = 0; number < 10; ++number) {
        insert(number, number % 3);
    }
    EXPECT_EQ(test::purge(table, memory_.data(), limits, now), 0u);
    now += limits.idle_ms;
    EXPECT_EQ(test::purge(table, memory_.data(), limits, now), 10u);
    EXPECT_EQ(table.live_sessions(), 0u);
    EXPECT_EQ(test::users_in(memory_.data()), 0u);
}

} // namespace
} // namespace auth
