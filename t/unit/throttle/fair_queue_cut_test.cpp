// A process is killed at every instruction of every call. What it leaves is a
// queue that works, once the process has been reaped.

#include "throttle/fair_queue.h"

#include "../cut_test.h"

#include <gtest/gtest.h>

#include <vector>

namespace auth {
namespace {

using turn = fair_queue::turn;
using ticket = fair_queue::ticket;

constexpr std::uint32_t permits = 2, waiters = 4;
// Of one number: the kernel has given the dead one's anew.
constexpr process_id living{7, 2}, dying{7, 1};

void enter_dying(fair_queue& queue, std::uint64_t prefix)
{
    ticket mine;
    queue.enter(prefix, dying, mine);
}

class fair_queue_cut : public test::cut_test<fair_queue>
{
protected:
    fair_queue_cut()
        : cut_test(fair_queue::required_size(permits, waiters),
                   [](void* memory) {
                       return fair_queue::format(memory, permits, waiters);
                   })
    {}

    ticket enter(std::uint64_t prefix, const process_id& owner)
    {
        ticket mine;
        EXPECT_NE(table_.enter(prefix, owner, mine), turn::turned_away);
        if (owner == living) {
            others_.push_back(mine);
        }
        return mine;
    }

    void cut_everywhere(const change& action,
                        std::size_t may_be_turned_away = 0)
    {
        std::vector<turn> before;
        for (const ticket& each : others_) {
            before.push_back(table_.poll(each));
        }
        const test::steps steps =
            cut_test::cut_everywhere(action, [&](test::scratch_memory left) {
                look(left, before, may_be_turned_away);
            });
        EXPECT_GT(steps.looks, 0u);
    }

private:
    void look(test::scratch_memory& left, const std::vector<turn>& before,
              std::size_t may_be_turned_away)
    {
        fair_queue queue = fair_queue::attach(left.get());
        queue.reap([](const process_id& owner) { return owner == living; });

        std::size_t turned_away = 0;
        std::uint32_t granted = 0, waiting = 0;
        for (std::size_t i = 0; i < others_.size(); ++i) {
            const turn now = queue.poll(others_[i]);
            granted += now == turn::granted;
            waiting += now == turn::waiting;
            if (before[i] == turn::granted) {
                ASSERT_EQ(now, turn::granted);
            } else {
                turned_away += now == turn::turned_away;
            }
        }
        ASSERT_LE(turned_away, may_be_turned_away);
        // No permit lies idle, and below: nothing is left of the dead.
        ASSERT_TRUE(waiting == 0 || granted == permits);
        for (const ticket& each : others_) {
            queue.leave(each);
        }
        for (std::uint32_t i = 0; i < permits + waiters + 1; ++i) {
            ticket mine;
            ASSERT_EQ(queue.enter(i % 3, living, mine),
                      i < permits             ? turn::granted
                      : i < permits + waiters ? turn::waiting
                                              : turn::turned_away);
        }
    }

    std::vector<ticket> others_;
};

TEST_F(fair_queue_cut, enter_with_a_free_permit)
{
    enter(1, living);
    cut_everywhere([](fair_queue& queue) { enter_dying(queue, 2); });
}

TEST_F(fair_queue_cut, enter_and_wait)
{
    for (const std::uint64_t prefix : {1, 1, 1, 2}) {
        enter(prefix, living);
    }
    cut_everywhere([](fair_queue& queue) { enter_dying(queue, 1); });
}

TEST_F(fair_queue_cut, enter_and_turn_another_away)
{
    for (const std::uint64_t prefix : {1, 1, 1, 2, 1, 1}) {
        enter(prefix, living);
    }
    cut_everywhere([](fair_queue& queue) { enter_dying(queue, 3); }, 1);
}

TEST_F(fair_queue_cut, enter_and_be_turned_away)
{
    for (const std::uint64_t prefix : {1, 1, 1, 2, 1}) {
        enter(prefix, living);
    }
    enter(1, dying);
    cut_everywhere([](fair_queue& queue) {
        // Changes nothing but the space for sorting.
        enter_dying(queue, 1);
    });
}

TEST_F(fair_queue_cut, leave_with_a_permit)
{
    const ticket own = enter(5, dying);
    for (const std::uint64_t prefix : {1, 1, 1, 2, 1}) {
        enter(prefix, living);
    }
    cut_everywhere([&](fair_queue& queue) { queue.leave(own); });
}

TEST_F(fair_queue_cut, leave_without_a_permit)
{
    for (const std::uint64_t prefix : {1, 1, 1, 2}) {
        enter(prefix, living);
    }
    const ticket own = enter(1, dying);
    cut_everywhere([&](fair_queue& queue) { queue.leave(own); });
}

TEST_F(fair_queue_cut, reap)
{
    enter(5, dying);
    enter(5, dying);
    for (const std::uint64_t prefix : {1, 1, 2, 1}) {
        enter(prefix, living);
    }
    cut_everywhere([](fair_queue& queue) {
        queue.reap([](const process_id& owner) { return owner == living; });
    });
}

} // namespace
} // namespace auth
