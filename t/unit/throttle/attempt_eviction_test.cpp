// Who makes room in a full table, and who never does.

#include "attempt_table_fixture.h"

#include <algorithm>
#include <cstdio>

namespace auth {
namespace {

using namespace test;

// One set, or both sets of every key: what is true of a key's places is true
// of the table.
class attempt_eviction : public attempt_table_test
{
protected:
    attempt_eviction()
    {
        resize(16);
        limits.login.user = 0; // one counter an attempt: user_total
        limits.login.user_total = 5;
        limits.login.address = 0;
    }

    int fail(int times, int user)
    {
        now += 1;
        return attempt_table_test::fail(times, "user" + std::to_string(user),
                                        0);
    }

    // The failures of all counters, in order of their last one.
    std::vector<std::uint32_t> failures() const
    {
        std::vector<attempt_layout::counter> all;
        for (const auto& [key, each] : counters()) {
            all.push_back(each);
        }
        std::sort(all.begin(), all.end(),
                  [](auto& a, auto& b) { return a.last < b.last; });
        std::vector<std::uint32_t> numbers;
        for (const auto& each : all) {
            numbers.push_back(each.failures);
        }
        return numbers;
    }
};

TEST_F(attempt_eviction, takes_the_fewest_failures_then_the_oldest)
{
    for (int user = 0; user < 16; ++user) {
        fail(1 + (user + 1) % 3, user); // 2, 3, 1, 2, 3, 1, …, 2
    }
    std::vector<std::uint32_t> expected = failures();
    ASSERT_EQ(expected.size(), 16u);
    // Five with one failure; the newcomers have four, so that they stay.
    for (const std::uint32_t fewest : {1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3}) {
        static int newcomer = 100;
        fail(4, newcomer++);
        const auto gone = std::find(expected.begin(), expected.end(), fewest);
        ASSERT_NE(gone, expected.end());
        expected.erase(gone);
        expected.push_back(4);
        EXPECT_EQ(failures(), expected);
    }
}

TEST_F(attempt_eviction, takes_what_is_forgotten_first)
{
    fail(4, 0);
    now += 14 * minute;
    for (int user = 1; user < 16; ++user) {
        fail(1, user);
    }
    now += 1 * minute;
    fail(1, 100);
    // All the others are still there, and have not got room for a second one.
    EXPECT_EQ(failures(), std::vector<std::uint32_t>(16, 1));
    for (int user = 1; user < 16; ++user) {
        EXPECT_EQ(fail(100, user), 4) << user;
    }
}

TEST_F(attempt_eviction, never_takes_one_in_delay)
{
    for (int user = 0; user < 15; ++user) {
        EXPECT_EQ(fail(100, user), 5);
    }
    for (int user = 100; user < 1'100; ++user) {
        EXPECT_EQ(fail(1, user), 1); // all in the one place that is left
    }
    EXPECT_EQ(delayed(), 15u);
    EXPECT_EQ(fail(100, 15), 5);

    const std::vector<std::uint64_t> before = memory_;
    const attempt_verdict refused = attempt("user16", 0);
    EXPECT_EQ(refused.what, outcome::table_full);
    EXPECT_EQ(refused.retry_after_s, 29u); // when the first delay ends
    EXPECT_EQ(refused.by, attempt_kind::user_total);
    EXPECT_EQ(registration(ipv4(1)).what, outcome::table_full);
    EXPECT_EQ(memory_, before);

    now += 28'990;
    EXPECT_EQ(fail(1, 16), 1);
    EXPECT_EQ(fail(100, 14), 0); // still waits, and has not been forgotten
}

TEST_F(attempt_eviction, spares_the_counters_of_the_same_attempt)
{
    resize(8);
    limits = {};
    limits.login.user = limits.login.address = 100;
    limits.login.user_total = 100;
    for (int round = 0; round < 500; ++round) {
        attempt_verdict verdict =
            attempt("user" + std::to_string(round),
                    ipv6(static_cast<std::uint32_t>(round), 1));
        ASSERT_EQ(verdict.what, outcome::admitted);
        const counters_seen seen = counters();
        for (const auto& part : verdict.reservation.parts) {
            const auto found = seen.find({part.key, part.kind});
            ASSERT_NE(found, seen.end());
            EXPECT_EQ(found->second.serial, part.serial);
        }
    }
}

// A reservation of what has made room is void.
TEST_F(attempt_eviction, settling_does_not_touch_who_came_after)
{
    attempt_verdict old = attempt("old", 0);
    for (int user = 0; user < 16; ++user) {
        fail(2, user);
    }
    const std::vector<std::uint64_t> before = memory_;
    table.give_back(old.reservation);
    EXPECT_EQ(memory_, before);
}

// 1 MiB is the default.
class attempt_flood : public attempt_table_test
{
protected:
    attempt_flood() { resize((1 << 20) / 40 / 8 * 8); }

    struct victim {
        std::string name;
        std::uint64_t prefix, until;
    };

    // Users in a delay of fifteen minutes, each at an address of its own.
    std::vector<victim> make_victims(std::uint32_t count)
    {
        std::vector<victim> victims;
        for (std::uint32_t i = 0; i < count; ++i) {
            victims.push_back({"victim" + std::to_string(i), ipv4(i), 0});
            fail(5, victims.back().name, victims.back().prefix);
        }
        for (std::uint64_t delay = 30 * second; delay <= 8 * minute;
             delay *= 2) {
            now += delay;
            for (victim& each : victims) {
                EXPECT_EQ(fail(2, each.name, each.prefix), 1);
                each.until = now + 15 * minute;
            }
        }
        return victims;
    }

    void expect_delayed(const std::vector<victim>& victims)
    {
        for (const victim& each : victims) {
            const attempt_verdict verdict = attempt(each.name, each.prefix);
            ASSERT_EQ(verdict.what, outcome::refused) << each.name;
            ASSERT_EQ(verdict.by, attempt_kind::user) << each.name;
            ASSERT_EQ(verdict.retry_after_s, (each.until - now + 999) / second);
        }
    }
};

TEST_F(attempt_flood, a_million_invented_names_forget_nobody)
{
    const std::vector<victim> victims = make_victims(200);
    int admitted = 0;
    for (std::uint32_t i = 0; i < 1'000'000; ++i) {
        now += i % 2; // 500 seconds in all
        const std::uint64_t prefix =
            i % 3 == 0 ? ipv6(i / 64, static_cast<std::uint16_t>(i % 7))
                       : ipv4(1'000'000 + i / 16);
        admitted += fail(1, "name" + std::to_string(i), prefix);
        if (i % 20'000 == 0) {
            expect_delayed(victims);
        }
    }
    expect_delayed(victims);
    const device_key device = device_of(1);
    EXPECT_EQ(wait(victims[0].name, victims[0].prefix, &device), 0u);
    EXPECT_EQ(wait("somebody", ipv4(5'000)), 0u);
    std::printf("    %d of 1000000 admitted\n", admitted);
}

// The worst that can be done: nothing but delays, as many as fit.
TEST_F(attempt_flood, a_table_full_of_delays_forgets_nobody)
{
    const std::vector<victim> victims = make_victims(200);
    std::uint32_t full = 0;
    bool first = true;
    for (std::uint32_t i = 0; i < 60'000; ++i) {
        for (int times = 0; times < 5; ++times) {
            const std::string name = "name" + std::to_string(i);
            const attempt_verdict verdict =
                attempt(name, ipv4(1'000'000 + i / 4));
            full += verdict.what == outcome::table_full;
            if (full == 1 && first) {
                first = false;
                std::printf("    %u of %u in delay when the first is refused\n",
                            delayed(), table.capacity());
                EXPECT_GT(delayed(), table.capacity() * 9 / 10);
            }
        }
    }
    std::printf("    %u in delay at last\n", delayed());
    EXPECT_GT(full, 0u);
    expect_delayed(victims);
    const device_key device = device_of(1);
    EXPECT_EQ(wait(victims[0].name, victims[0].prefix, &device), 0u);

    now += 30 * second;
    EXPECT_EQ(attempt("somebody", ipv4(5'000)).what, outcome::admitted);
    expect_delayed(victims);
}

} // namespace
} // namespace auth
