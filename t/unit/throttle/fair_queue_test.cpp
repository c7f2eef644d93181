#include "throttle/fair_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace auth {
namespace {

using turn = fair_queue::turn;
using ticket = fair_queue::ticket;

constexpr std::uint64_t a = 0xa, b = 0xb, c = 0xc, d = 0xd;

class fair_queue_test : public ::testing::Test
{
protected:
    void resize(std::uint32_t permits, std::uint32_t waiters)
    {
        memory_.assign(fair_queue::required_size(permits, waiters) / 8 + 1,
                       0x5555555555555555);
        queue = fair_queue::format(memory_.data(), permits, waiters);
        memory_.back() = 0x5555555555555555;
        tickets_.clear();
    }

    fair_queue_test() { resize(1, 8); }

    ticket enter(std::uint64_t prefix, turn expected,
                 const process_id& owner = {1, 1})
    {
        ticket mine;
        EXPECT_EQ(queue.enter(prefix, owner, mine), expected);
        tickets_.push_back(mine);
        return mine;
    }

    // How many of all tickets are granted now, or waiting.
    std::ptrdiff_t how_many(turn what)
    {
        return std::count_if(
            tickets_.begin(), tickets_.end(),
            [&](ticket each) { return queue.poll(each) == what; });
    }

    // Gives permits back one by one until all of `waiting` have had theirs;
    // the order in which they come.
    std::string order(ticket held, std::vector<std::pair<char, ticket>> waiting)
    {
        std::string names;
        while (!waiting.empty()) {
            queue.leave(held);
            std::size_t now_granted = 0;
            for (std::size_t i = 0; i < waiting.size(); ++i) {
                if (queue.poll(waiting[i].second) == turn::granted) {
                    names += waiting[i].first;
                    held = waiting[i].second;
                    waiting.erase(waiting.begin() +
                                  static_cast<std::ptrdiff_t>(i--));
                    ++now_granted;
                }
            }
            EXPECT_EQ(now_granted, 1u);
            if (now_granted != 1) {
                break;
            }
        }
        queue.leave(held);
        EXPECT_EQ(how_many(turn::granted), 0);
        return names;
    }

    std::vector<std::uint64_t> memory_;
    std::vector<ticket> tickets_; // of the queue of now
    fair_queue queue = fair_queue::attach(nullptr);
};

TEST_F(fair_queue_test, permits_are_given_until_there_are_none)
{
    resize(3, 2);
    const ticket first = enter(a, turn::granted);
    enter(a, turn::granted);
    enter(b, turn::granted);
    const ticket fourth = enter(b, turn::waiting);
    EXPECT_EQ(how_many(turn::granted), 3);
    EXPECT_EQ(how_many(turn::waiting), 1);
    EXPECT_EQ(queue.poll(fourth), turn::waiting);
    EXPECT_EQ(queue.poll(first), turn::granted);
    queue.leave(first);
    EXPECT_EQ(queue.poll(fourth), turn::granted);
    EXPECT_EQ(queue.poll(first), turn::turned_away);
    EXPECT_EQ(memory_.back(), 0x5555555555555555u);
}

TEST_F(fair_queue_test, load_is_what_runs_and_what_waits)
{
    resize(2, 3);
    const ticket first = enter(a, turn::granted);
    enter(a, turn::granted);
    enter(b, turn::waiting);
    const ticket fourth = enter(b, turn::waiting);
    EXPECT_EQ(queue.now().granted, 2u);
    EXPECT_EQ(queue.now().waiting, 2u);
    queue.leave(fourth);
    queue.leave(first); // its permit goes to the other waiter
    EXPECT_EQ(queue.poll(tickets_[2]), turn::granted);
    EXPECT_EQ(queue.now().granted, 2u);
    EXPECT_EQ(queue.now().waiting, 0u);
}

TEST_F(fair_queue_test, another_view_of_the_memory_is_the_same_queue)
{
    const ticket held = enter(a, turn::granted);
    queue = fair_queue::attach(memory_.data());
    EXPECT_EQ(queue.poll(held), turn::granted);
}

TEST_F(fair_queue_test, one_prefix_is_served_in_the_order_of_arrival)
{
    const ticket held = enter(a, turn::granted);
    const ticket first = enter(a, turn::waiting);
    const ticket second = enter(a, turn::waiting);
    queue.leave(first);
    // The slot that became free is of the newest now.
    const ticket third = enter(a, turn::waiting);
    EXPECT_EQ(third.slot, first.slot);
    EXPECT_EQ(order(held, {{'2', second}, {'3', third}}), "23");
}

TEST_F(fair_queue_test, turns_go_round_the_prefixes)
{
    const ticket held = enter(d, turn::granted);
    std::vector<std::pair<char, ticket>> waiting;
    for (const char name : {'a', 'a', 'a', 'b', 'b', 'c'}) {
        waiting.emplace_back(
            name, enter(static_cast<std::uint64_t>(name), turn::waiting));
    }
    EXPECT_EQ(order(held, waiting), "abcaba");
}

// The requirement, counted: of a flood, one hash at most starts between
// another's arrival and its turn.
TEST_F(fair_queue_test, a_flood_goes_first_once_at_most)
{
    for (const std::uint32_t permits : {1u, 2u, 3u, 8u}) {
        resize(permits, 64);
        std::vector<ticket> flood, running;
        for (std::uint32_t i = 0; i < permits + 40; ++i) {
            ticket entered;
            (queue.enter(a, {1, 1}, entered) == turn::granted ? running : flood)
                .push_back(entered);
        }
        ASSERT_EQ(running.size(), permits);
        const ticket victim = enter(b, turn::waiting);

        std::uint32_t started = 0;
        while (queue.poll(victim) == turn::waiting) {
            ASSERT_FALSE(running.empty());
            queue.leave(running.front());
            running.erase(running.begin());
            for (std::size_t i = 0; i < flood.size(); ++i) {
                if (queue.poll(flood[i]) == turn::granted) {
                    running.push_back(flood[i]);
                    flood.erase(flood.begin() +
                                static_cast<std::ptrdiff_t>(i--));
                    ++started;
                }
            }
            ticket entered; // the flood does not stop
            if (queue.enter(a, {1, 1}, entered) == turn::waiting) {
                flood.push_back(entered);
            }
        }
        EXPECT_LE(started, 1u) << permits << " permits";
    }
}

// Each newcomer from an address of its own: who waits is not overtaken for
// ever, not even by them.
TEST_F(fair_queue_test, newcomers_do_not_overtake_for_ever)
{
    resize(1, 32);
    ticket held = enter(a, turn::granted);
    std::vector<ticket> own;
    for (int i = 0; i < 5; ++i) {
        own.push_back(enter(a, turn::waiting));
    }
    std::vector<ticket> crowd;
    std::uint64_t stranger = 1000;
    for (int i = 0; i < 4; ++i) {
        crowd.push_back(enter(stranger++, turn::waiting));
    }
    std::string names;
    while (!own.empty()) {
        queue.leave(held);
        crowd.push_back(enter(stranger++, turn::waiting));
        if (queue.poll(own.front()) == turn::granted) {
            held = own.front();
            own.erase(own.begin());
            names += 'a';
            continue;
        }
        for (std::size_t i = 0; i < crowd.size(); ++i) {
            if (queue.poll(crowd[i]) == turn::granted) {
                held = crowd[i];
                crowd.erase(crowd.begin() + static_cast<std::ptrdiff_t>(i));
                names += '.';
                break;
            }
        }
        ASSERT_LT(names.size(), 1000u);
    }
    // One turn, then whoever came in the meantime (there are more and more of
    // them, up to what the queue holds), then the next.
    EXPECT_EQ(names, "a....a.....a......a.......a");
}

TEST_F(fair_queue_test, to_leave_and_come_back_gains_nothing)
{
    const ticket held = enter(d, turn::granted);
    const ticket patient = enter(b, turn::waiting);
    ticket pushy = enter(a, turn::waiting);
    for (int i = 0; i < 10; ++i) {
        queue.leave(pushy);
        pushy = enter(a, turn::waiting);
    }
    EXPECT_EQ(order(held, {{'a', pushy}, {'b', patient}}), "ba");
}

// An old permit of its own gives a prefix no advance over others.
TEST_F(fair_queue_test, a_prefix_that_holds_a_permit_waits_like_others)
{
    resize(2, 8);
    const ticket long_held = enter(a, turn::granted);
    ticket held = enter(b, turn::granted);
    for (int i = 0; i < 5; ++i) {
        const ticket next = enter(c, turn::waiting);
        queue.leave(held);
        held = next;
    }
    const ticket first = enter(b, turn::waiting);
    const ticket second = enter(a, turn::waiting);
    queue.leave(held);
    EXPECT_EQ(queue.poll(first), turn::granted);
    EXPECT_EQ(queue.poll(second), turn::waiting);
    queue.leave(long_held);
    EXPECT_EQ(queue.poll(second), turn::granted);
}

TEST_F(fair_queue_test, unix_sockets_are_one_prefix)
{
    const ticket held = enter(d, turn::granted);
    const ticket first = enter(0, turn::waiting);
    const ticket second = enter(0, turn::waiting);
    const ticket other = enter(b, turn::waiting);
    EXPECT_EQ(order(held, {{'1', first}, {'2', second}, {'b', other}}), "1b2");
}

TEST_F(fair_queue_test, the_greediest_prefix_is_turned_away)
{
    resize(1, 4);
    enter(d, turn::granted);
    const ticket b1 = enter(b, turn::waiting);
    const ticket a1 = enter(a, turn::waiting);
    const ticket a2 = enter(a, turn::waiting);
    const ticket a3 = enter(a, turn::waiting);
    const ticket c1 = enter(c, turn::waiting);
    EXPECT_EQ(queue.poll(a3), turn::turned_away);
    EXPECT_EQ(queue.poll(a2), turn::waiting);
    EXPECT_EQ(how_many(turn::waiting), 4);

    EXPECT_EQ(enter(a, turn::turned_away).serial, 0u);
    enter(0xe, turn::waiting);
    EXPECT_EQ(queue.poll(a2), turn::turned_away);

    // All have one now: the newest is the newcomer.
    enter(0xf, turn::turned_away);
    enter(b, turn::turned_away);
    EXPECT_EQ(queue.poll(a1), turn::waiting);
    EXPECT_EQ(queue.poll(b1), turn::waiting);
    EXPECT_EQ(queue.poll(c1), turn::waiting);
}

// Somebody has as many /64s as there are places, and one waiter in each.
TEST_F(fair_queue_test, a_network_with_many_prefixes_does_not_fill_the_queue)
{
    constexpr std::uint64_t network = 0x2001'0db8'0001'0000;
    constexpr std::uint64_t ipv4 = 0xff00'0004'c000'0201;
    resize(1, 4);
    enter(network, turn::granted);
    std::vector<ticket> crowd;
    for (std::uint64_t i = 1; i <= 4; ++i) {
        crowd.push_back(enter(network + i, turn::waiting));
    }
    const ticket victim = enter(ipv4, turn::waiting);
    EXPECT_EQ(queue.poll(crowd[3]), turn::turned_away);
    const ticket other = enter(network + 0x10000, turn::waiting);
    EXPECT_EQ(queue.poll(crowd[2]), turn::turned_away);

    enter(network + 5, turn::turned_away);
    EXPECT_EQ(queue.poll(victim), turn::waiting);
    EXPECT_EQ(queue.poll(other), turn::waiting);

    // Among its own prefixes, the greediest loses.
    queue.leave(victim);
    const ticket second = enter(network + 1, turn::waiting);
    enter(ipv4, turn::waiting);
    EXPECT_EQ(queue.poll(second), turn::turned_away);
    EXPECT_EQ(queue.poll(crowd[0]), turn::waiting);
    EXPECT_EQ(queue.poll(crowd[1]), turn::waiting);
}

// As many IPv4 addresses are many parties.
TEST_F(fair_queue_test, ipv4_addresses_are_no_network)
{
    constexpr std::uint64_t ipv4 = 0xff00'0004'c000'0201;
    resize(1, 2);
    enter(a, turn::granted);
    enter(ipv4, turn::waiting);
    enter(ipv4 + 1, turn::waiting);
    enter(0x2001'0db8'0001'0000, turn::turned_away);
}

TEST_F(fair_queue_test, between_equals_who_holds_permits_is_turned_away)
{
    resize(1, 1);
    enter(a, turn::granted);
    const ticket flood = enter(a, turn::waiting);
    const ticket victim = enter(b, turn::waiting);
    EXPECT_EQ(queue.poll(flood), turn::turned_away);
    enter(c, turn::turned_away);
    enter(b, turn::turned_away);
    enter(a, turn::turned_away);
    EXPECT_EQ(queue.poll(victim), turn::waiting);
}

TEST_F(fair_queue_test, no_queue_at_all)
{
    resize(2, 0);
    const ticket first = enter(a, turn::granted);
    enter(a, turn::granted);
    enter(b, turn::turned_away);
    queue.leave(first);
    enter(b, turn::granted);
}

TEST_F(fair_queue_test, no_permits_at_all)
{
    resize(0, 1);
    enter(a, turn::waiting);
    enter(b, turn::turned_away);
}

TEST_F(fair_queue_test, void_tickets_are_ignored)
{
    const ticket held = enter(a, turn::granted);
    const ticket waits = enter(b, turn::waiting);
    queue.leave({});
    queue.leave({held.slot, held.serial + 1});
    queue.leave({1'000'000, held.serial});
    queue.leave({UINT32_MAX, UINT32_MAX});
    EXPECT_EQ(queue.poll({}), turn::turned_away);
    EXPECT_EQ(how_many(turn::granted), 1);
    EXPECT_EQ(how_many(turn::waiting), 1);

    queue.leave(held);
    queue.leave(held); // twice
    EXPECT_EQ(queue.poll(waits), turn::granted);
    const ticket next = enter(c, turn::waiting);
    EXPECT_EQ(next.slot, held.slot);
    queue.leave(held); // its slot is another's now
    EXPECT_EQ(queue.poll(next), turn::waiting);
    EXPECT_EQ(queue.poll(held), turn::turned_away);
}

TEST_F(fair_queue_test, a_slot_is_used_again_under_another_serial)
{
    std::uint32_t before = 0;
    for (int i = 0; i < 1000; ++i) {
        const ticket entered = enter(a, turn::granted);
        EXPECT_NE(entered.serial, before);
        before = entered.serial;
        queue.leave(entered);
    }
}

TEST_F(fair_queue_test, what_dead_processes_held_is_freed)
{
    resize(2, 8);
    const ticket dead_granted = enter(a, turn::granted, {100, 1});
    const ticket live_granted = enter(a, turn::granted, {200, 1});
    const ticket dead_waits = enter(a, turn::waiting, {100, 1});
    const ticket live_waits = enter(b, turn::waiting, {200, 1});
    static int asked = 0;
    asked = 0;
    queue.reap([](const process_id& owner) {
        EXPECT_NE(owner.pid, 0); // nothing is asked about free slots
        ++asked;
        return owner.pid == 200;
    });
    EXPECT_EQ(asked, 2);
    EXPECT_EQ(queue.poll(dead_granted), turn::turned_away);
    EXPECT_EQ(queue.poll(dead_waits), turn::turned_away);
    EXPECT_EQ(queue.poll(live_granted), turn::granted);
    EXPECT_EQ(queue.poll(live_waits), turn::granted);
    EXPECT_EQ(how_many(turn::granted), 2);
    EXPECT_EQ(how_many(turn::waiting), 0);
}

TEST_F(fair_queue_test, a_number_that_is_used_again_keeps_nothing)
{
    const ticket dead = enter(a, turn::granted, {100, 1});
    const ticket lives = enter(b, turn::waiting, {100, 2});
    queue.reap([](const process_id& owner) { return owner.started == 2; });
    EXPECT_EQ(queue.poll(dead), turn::turned_away);
    EXPECT_EQ(queue.poll(lives), turn::granted);
}

} // namespace
} // namespace auth
