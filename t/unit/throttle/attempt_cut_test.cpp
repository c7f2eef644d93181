// A process is killed at every instruction of every change. What it leaves is
// a table that works, in which no counter in delay is lost.

#include "attempt_table_fixture.h"

#include "../cut_test.h"

#include <algorithm>

namespace auth {
namespace {

using namespace test;
using attempt_layout::counter;

class attempt_cut : public cut_test<attempt_table>
{
protected:
    attempt_cut()
        : cut_test(table_size(64),
                   [](void* memory) { return format(memory, 64); })
    {}

    static attempt_table format(void* memory, std::uint32_t counters)
    {
        return attempt_table::format(memory, table_size(counters), table_key);
    }

    attempt_verdict fail(const std::string& name, std::uint64_t prefix,
                         int times = 1)
    {
        attempt_verdict verdict{};
        for (int i = 0; i < times; ++i) {
            verdict =
                table_.reserve(login_attempt{name, prefix}, limits_, now_);
        }
        return verdict;
    }

    void cut_everywhere(const change& action)
    {
        const counters_seen before = counters_in(memory_.get());
        const counters_seen uncut = counters_in(after(action).get());
        const steps steps = cut_test::cut_everywhere(
            action, [&](scratch_memory left) { look(left, before, uncut); });
        EXPECT_GT(steps.looks, 0u);
        const counters_seen done = counters_in(memory_.get());
        EXPECT_EQ(done.size(), uncut.size());
    }

    static const counter* counters_of(const void* memory)
    {
        return reinterpret_cast<const counter*>(
            static_cast<const attempt_layout::header*>(memory) + 1);
    }

    attempt_limits limits_;
    std::uint64_t now_ = 100 * minute;

private:
    std::uint64_t delay_of(const counter& which) const
    {
        const attempt_layout::plan plan{limits_, now_};
        return is_forgotten(which, plan) ? 0 : delay_left(which, plan);
    }

    // What is there is as it was or as it was to be; a counter that was and is
    // to be is there, and keeps out whom it did.
    void look(scratch_memory& left, const counters_seen& before,
              const counters_seen& uncut)
    {
        const counters_seen found = counters_in(left.get());
        const auto in = [](const counters_seen& where, const auto& key) {
            const auto it = where.find(key);
            return it == where.end() ? nullptr : &it->second;
        };
        for (const auto& [key, now] : found) {
            const counter* const was = in(before, key);
            const counter* const will_be = in(uncut, key);
            const auto matches = [&](std::uint64_t value, auto member) {
                return (was != nullptr && was->*member == value) ||
                       (will_be != nullptr && will_be->*member == value);
            };
            ASSERT_TRUE(matches(now.serial, &counter::serial));
            ASSERT_TRUE(matches(now.first, &counter::first));
            ASSERT_TRUE(matches(now.last, &counter::last));
            ASSERT_TRUE(
                (was != nullptr && was->failures == now.failures) ||
                (will_be != nullptr && will_be->failures == now.failures));
        }
        for (const auto& [key, was] : before) {
            const counter* const will_be = in(uncut, key);
            if (will_be != nullptr && will_be->serial == was.serial) {
                const counter* const now = in(found, key);
                ASSERT_NE(now, nullptr) << "a counter was lost";
                ASSERT_GE(delay_of(*now),
                          std::min(delay_of(was), delay_of(*will_be)));
            }
        }

        attempt_table table = attempt_table::attach(left.get());
        const std::uint64_t later = now_ + 180 * minute;
        int admitted = 0;
        for (int i = 0; i < 10; ++i) {
            admitted +=
                table.reserve(login_attempt{"new", ipv4(99)}, {}, later).what ==
                outcome::admitted;
        }
        ASSERT_EQ(admitted, 5);
        ASSERT_EQ(usage_of(left.get(), {}, later).delayed, 1u);
    }
};

TEST_F(attempt_cut, reserve_with_new_counters)
{
    fail("bob", ipv4(1), 5);
    cut_everywhere([&](attempt_table& table) {
        table.reserve(login_attempt{"ann", ipv6(1, 1)}, limits_, now_);
    });
}

TEST_F(attempt_cut, reserve_that_reaches_the_limit)
{
    fail("bob", ipv4(1), 5);
    fail("ann", ipv4(1), 4);
    now_ += 10 * second;
    cut_everywhere([&](attempt_table& table) {
        table.reserve(login_attempt{"ann", ipv4(1)}, limits_, now_);
    });
}

TEST_F(attempt_cut, reserve_after_a_delay)
{
    fail("bob", ipv4(1), 5);
    now_ += 30 * second;
    fail("ann", ipv4(1), 5);
    cut_everywhere([&](attempt_table& table) {
        table.reserve(login_attempt{"bob", ipv4(1)}, limits_, now_);
    });
}

TEST_F(attempt_cut, reserve_of_what_was_forgotten)
{
    fail("ann", ipv4(1), 3);
    now_ += 15 * minute;
    fail("bob", ipv4(2), 5);
    cut_everywhere([&](attempt_table& table) {
        table.reserve(login_attempt{"ann", ipv4(1)}, limits_, now_);
    });
}

TEST_F(attempt_cut, reserve_that_evicts)
{
    table_ = format(memory_.get(), 16);
    fail("ann", ipv4(1), 5);
    fail("bob", ipv4(1), 5);
    for (std::uint32_t i = 0; i < 10; ++i) {
        fail("user" + std::to_string(i), ipv4(100 + i));
    }
    cut_everywhere([&](attempt_table& table) {
        table.reserve(login_attempt{"new", ipv6(1, 1)}, limits_, now_);
    });
    EXPECT_EQ(usage_of(memory_.get(), limits_, now_).delayed, 2u);
}

// All counters are in delay, so one that is not where it was has moved.
TEST_F(attempt_cut, reserve_that_moves_a_counter)
{
    limits_.login.user = 0;
    limits_.login.user_total = 1;
    const auto moves = [&](const change& action) {
        scratch_memory done = after(action);
        const auto* const then = counters_of(memory_.get());
        const auto* const now = counters_of(done.get());
        return std::any_of(then, then + 64, [&](const counter& each) {
            return live(each) && each.serial != now[&each - then].serial;
        });
    };
    for (int i = 0; i < 1000; ++i) {
        const auto action = [this, i](attempt_table& table) {
            table.reserve(login_attempt{"user" + std::to_string(i), 0}, limits_,
                          now_);
        };
        if (moves(action)) {
            const std::size_t before = counters_in(memory_.get()).size();
            cut_everywhere(action);
            EXPECT_EQ(counters_in(memory_.get()).size(), before + 1);
            return;
        }
        action(table_);
    }
    FAIL() << "nothing ever moved";
}

TEST_F(attempt_cut, reserve_that_is_refused)
{
    fail("ann", ipv4(1), 5);
    const steps steps = step_by_step(
        memory_, [&] { fail("ann", ipv4(1)); }, [] {});
    EXPECT_EQ(steps.looks, 0u); // it writes nothing at all
}

TEST_F(attempt_cut, reserve_of_a_registration)
{
    fail("ann", ipv6(1, 1), 5);
    cut_everywhere([&](attempt_table& table) {
        table.reserve(registration_attempt{ipv6(1, 1)}, limits_, now_);
    });
}

TEST_F(attempt_cut, succeed)
{
    fail("ann", ipv6(1, 1), 5);
    fail("bob", ipv6(1, 1), 5);
    now_ += 31 * second;
    const attempt_verdict verdict = fail("ann", ipv6(1, 1));
    ASSERT_EQ(verdict.what, outcome::admitted);
    cut_everywhere([&](attempt_table& table) {
        attempt_reservation reservation = verdict.reservation;
        table.succeed(reservation);
    });
}

TEST_F(attempt_cut, give_back)
{
    fail("ann", ipv6(1, 1), 5);
    fail("bob", ipv6(1, 1), 5);
    now_ += 31 * second;
    const attempt_verdict verdict = fail("ann", ipv6(1, 1));
    ASSERT_EQ(verdict.what, outcome::admitted);
    cut_everywhere([&](attempt_table& table) {
        attempt_reservation reservation = verdict.reservation;
        table.give_back(reservation);
    });
}

} // namespace
} // namespace auth
