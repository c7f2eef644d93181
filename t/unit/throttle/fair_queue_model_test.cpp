// Random operations on a queue and on the rule that its header states.

#include "throttle/fair_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <tuple>
#include <vector>

namespace auth {
namespace {

using turn = fair_queue::turn;

// Waiters are numbered in the order in which they come.
class model
{
public:
    model(std::uint32_t permits, std::uint32_t waiters)
        : permits(permits), waiters_(waiters)
    {}

    void enter(int number, std::uint64_t prefix)
    {
        if (held.size() >= permits && waiting() >= waiters_) {
            std::tuple<crowd, std::size_t, std::size_t, int> worst{};
            std::map<std::uint64_t, group> with_newcomer = groups;
            with_newcomer[prefix].numbers.push_back(number);
            for (const auto& [other, group] : with_newcomer) {
                worst =
                    std::max(worst, {network_of(other, with_newcomer),
                                     group.numbers.size(), permits_of(other),
                                     group.numbers.back()});
            }
            if (std::get<3>(worst) == number) {
                return;
            }
            leave(std::get<3>(worst));
        }
        if (groups.count(prefix) == 0) {
            groups[prefix].round = round + 1;
        }
        groups[prefix].numbers.push_back(number);
        assign();
    }

    void leave(int number)
    {
        held.erase(number);
        for (auto it = groups.begin(); it != groups.end();) {
            auto& numbers = it->second.numbers;
            numbers.erase(std::remove(numbers.begin(), numbers.end(), number),
                          numbers.end());
            it = numbers.empty() ? groups.erase(it) : std::next(it);
        }
        assign();
    }

    void assign()
    {
        while (held.size() < permits && !groups.empty()) {
            const auto next = std::min_element(
                groups.begin(), groups.end(), [](auto& a, auto& b) {
                    return std::make_tuple(a.second.round,
                                           a.second.numbers.front()) <
                           std::make_tuple(b.second.round,
                                           b.second.numbers.front());
                });
            round = std::max(round, next->second.round);
            held[next->second.numbers.front()] = next->first;
            next->second.numbers.erase(next->second.numbers.begin());
            next->second.round = round + 1;
            if (next->second.numbers.empty()) {
                groups.erase(next);
            }
        }
    }

    turn state(int number) const
    {
        if (held.count(number) != 0) {
            return turn::granted;
        }
        for (const auto& [prefix, group] : groups) {
            if (std::count(group.numbers.begin(), group.numbers.end(),
                           number) != 0) {
                return turn::waiting;
            }
        }
        return turn::turned_away;
    }

    std::size_t waiting() const
    {
        std::size_t count = 0;
        for (const auto& [prefix, group] : groups) {
            count += group.numbers.size();
        }
        return count;
    }

    struct group {
        std::uint64_t round;
        std::vector<int> numbers;
    };
    std::uint32_t permits;
    std::uint64_t round = 0;
    std::map<std::uint64_t, group> groups;
    std::map<int, std::uint64_t> held;

private:
    using crowd = std::pair<std::size_t, std::size_t>; // waiters, permits

    crowd network_of(std::uint64_t prefix,
                     const std::map<std::uint64_t, group>& all) const
    {
        crowd network;
        for (const auto& [other, group] : all) {
            if (other >> 16 == prefix >> 16) {
                network.first += group.numbers.size();
            }
        }
        for (const auto& [number, other] : held) {
            network.second += other >> 16 == prefix >> 16 ? 1 : 0;
        }
        return network;
    }

    std::size_t permits_of(std::uint64_t prefix) const
    {
        return static_cast<std::size_t>(
            std::count_if(held.begin(), held.end(),
                          [=](auto& each) { return each.second == prefix; }));
    }

    std::uint32_t waiters_;
};

void run(std::uint32_t permits, std::uint32_t waiters, unsigned seed)
{
    std::vector<std::uint64_t> memory(
        fair_queue::required_size(permits, waiters) / 8 + 1);
    fair_queue queue = fair_queue::format(memory.data(), permits, waiters);
    model expected(permits, waiters);
    std::mt19937 random(seed);
    std::map<int, fair_queue::ticket> tickets;

    for (int i = 1; i <= 20'000; ++i) {
        switch (random() % 7) {
        case 0:
        case 1:
        case 2:
        case 3: {
            // In three networks.
            const std::uint64_t prefix =
                random() % 3 == 0 ? 0 : random() % 3 << 16 | random() % 3;
            fair_queue::ticket mine;
            const turn got = queue.enter(prefix, {1, 1}, mine);
            expected.enter(i, prefix);
            ASSERT_EQ(got, expected.state(i)) << i;
            if (got != turn::turned_away) {
                tickets[i] = mine;
            }
            break;
        }
        default:
            if (!tickets.empty()) {
                auto chosen = tickets.begin();
                std::advance(chosen, random() % tickets.size());
                queue.leave(chosen->second);
                expected.leave(chosen->first);
                tickets.erase(chosen);
            }
        }
        for (auto each = tickets.begin(); each != tickets.end();) {
            const turn got = queue.poll(each->second);
            ASSERT_EQ(got, expected.state(each->first)) << i;
            each = got == turn::turned_away ? tickets.erase(each)
                                            : std::next(each);
        }
        ASSERT_EQ(tickets.size(), expected.held.size() + expected.waiting());
    }
}

TEST(fair_queue_model, random_operations_agree)
{
    run(1, 1, 1);
    run(1, 8, 2);
    run(2, 5, 3);
    run(4, 16, 4);
    run(8, 0, 5);
    run(3, 64, 6);
}

} // namespace
} // namespace auth
