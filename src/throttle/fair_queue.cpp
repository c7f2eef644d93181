#include "throttle/fair_queue.h"

#include "throttle/address_prefix.h"

#include "base/barrier.h"

#include <algorithm>
#include <tuple>

namespace auth {

namespace {

// Words that zeroed or damaged memory is unlikely to hold. With any other state
// a slot is free.
constexpr std::uint32_t is_waiting = 0x3a171265;
constexpr std::uint32_t is_granted = 0x62a27ed1;

bool is_one_network(std::uint64_t a, std::uint64_t b) noexcept
{
    return address_network(a) == address_network(b);
}

} // namespace

struct fair_queue::slot {
    std::uint32_t state; // written last, and first when the slot is left
    std::uint32_t serial;
    std::uint64_t prefix;
    std::uint64_t round;   // of a waiter; all waiters of a prefix have it
    std::uint64_t arrival; // a number, not a time
    process_id owner;
};

struct fair_queue::layout {
    std::uint32_t permits;
    std::uint32_t waiters;  // at most
    std::uint64_t arrivals; // so far
    std::uint64_t round;    // the highest from which a turn was given
};

std::size_t fair_queue::required_size(std::uint32_t permits,
                                      std::uint32_t waiters) noexcept
{
    const std::size_t slots = static_cast<std::size_t>(permits) + waiters;
    return sizeof(layout) + slots * (sizeof(slot) + sizeof(std::uint32_t));
}

fair_queue fair_queue::format(void* memory, std::uint32_t permits,
                              std::uint32_t waiters) noexcept
{
    fair_queue queue(static_cast<layout*>(memory));
    *queue.layout_ = {permits, waiters, 0, 0};
    std::fill(queue.begin(), queue.end(), slot{});
    return queue;
}

fair_queue fair_queue::attach(void* memory) noexcept
{
    return fair_queue(static_cast<layout*>(memory));
}

fair_queue::turn fair_queue::enter(std::uint64_t prefix,
                                   const process_id& owner,
                                   ticket& mine) noexcept
{
    mine = {};
    assign(); // a process may have died before it could

    if (count(is_granted) >= layout_->permits &&
        count(is_waiting) >= layout_->waiters) {
        slot* const away = loser(prefix);
        if (away == nullptr) {
            return turn::turned_away;
        }
        away->state = 0;
        barrier();
    }

    slot* const own = std::find_if(begin(), end(), [](const slot& s) {
        return s.state != is_waiting && s.state != is_granted;
    });
    if (own == end()) {
        return turn::turned_away; // never: see required_size()
    }
    const std::uint64_t round = first_round(prefix);
    const std::uint64_t arrival = ++layout_->arrivals;
    // No serial is 0, so that a ticket of zeros has no slot.
    const auto serial = static_cast<std::uint32_t>(arrival % UINT32_MAX + 1);
    own->serial = serial;
    own->prefix = prefix;
    own->round = round;
    own->arrival = arrival;
    own->owner = owner;
    barrier();
    own->state = is_waiting;
    barrier();

    mine = {static_cast<std::uint32_t>(own - begin()), serial};
    assign();
    return own->state == is_granted ? turn::granted : turn::waiting;
}

fair_queue::turn fair_queue::poll(ticket mine) noexcept
{
    const slot* const own = find(mine);
    if (own == nullptr) {
        return turn::turned_away;
    }
    if (own->state == is_waiting) {
        assign();
    }
    return own->state == is_granted ? turn::granted : turn::waiting;
}

void fair_queue::leave(ticket mine) noexcept
{
    slot* const own = find(mine);
    if (own != nullptr) {
        own->state = 0;
        barrier();
        assign();
    }
}

void fair_queue::reap(bool (*lives)(const process_id& owner)) noexcept
{
    for (slot& first : *this) {
        const auto is_its = [&](const slot& s) {
            return (s.state == is_waiting || s.state == is_granted) &&
                   s.owner == first.owner;
        };
        if (!is_its(first) || std::any_of(begin(), &first, is_its) ||
            lives(first.owner)) {
            continue;
        }
        const process_id dead = first.owner;
        for (slot& s : *this) {
            if (s.owner == dead) {
                s.state = 0;
            }
        }
    }
    barrier();
    assign();
}

fair_queue::slot* fair_queue::begin() const noexcept
{
    return reinterpret_cast<slot*>(layout_ + 1);
}

fair_queue::slot* fair_queue::end() const noexcept
{
    return begin() + layout_->permits + layout_->waiters;
}

// The slot of a ticket that is not void.
fair_queue::slot* fair_queue::find(ticket wanted) const noexcept
{
    if (wanted.slot >= end() - begin()) {
        return nullptr;
    }
    slot* const own = begin() + wanted.slot;
    const bool held = own->serial == wanted.serial &&
                      (own->state == is_waiting || own->state == is_granted);
    return held ? own : nullptr;
}

fair_queue::load fair_queue::now() const noexcept
{
    return {count(is_granted), count(is_waiting)};
}

template <class Condition>
std::uint32_t fair_queue::count(std::uint32_t state,
                                Condition belongs) const noexcept
{
    return static_cast<std::uint32_t>(
        std::count_if(begin(), end(), [=](const slot& s) {
            return s.state == state && belongs(s.prefix);
        }));
}

std::uint32_t fair_queue::count(std::uint32_t state) const noexcept
{
    return count(state, [](std::uint64_t) { return true; });
}

// The round of a new waiter: that of the prefix's other waiters (the highest,
// if a dead process has left two), else the next round. A prefix that only
// holds permits gains nothing by them.
std::uint64_t fair_queue::first_round(std::uint64_t prefix) const noexcept
{
    std::uint64_t round = 0;
    for (const slot& s : *this) {
        if (s.state == is_waiting && s.prefix == prefix) {
            round = std::max(round, s.round);
        }
    }
    return round != 0 ? round : layout_->round + 1;
}

// How many of some slots wait, how many hold permits, and which of them waits
// last.
struct fair_queue::crowd {
    std::uint32_t waiting;
    std::uint32_t granted;
    slot* newest;
};

fair_queue::crowd fair_queue::crowd_of(const std::uint32_t* slots,
                                       const std::uint32_t* end) const noexcept
{
    crowd found{};
    for (; slots != end; ++slots) {
        slot& candidate = begin()[*slots];
        if (candidate.state == is_waiting) {
            ++found.waiting;
            found.newest = &candidate;
        } else {
            ++found.granted;
        }
    }
    return found;
}

// The waiter that makes room for a newcomer; null if it is the newcomer, which
// counts as the newest waiter of its prefix. A flood comes here with each
// request, so this sorts by network and prefix, in space that is kept for it.
fair_queue::slot* fair_queue::loser(std::uint64_t newcomer) const noexcept
{
    slot* const slots = begin();
    auto* const sorted = reinterpret_cast<std::uint32_t*>(end());
    std::uint32_t* last = sorted;
    for (const slot& s : *this) {
        if (s.state == is_waiting || s.state == is_granted) {
            *last++ = static_cast<std::uint32_t>(&s - slots);
        }
    }
    std::sort(sorted, last, [=](std::uint32_t a, std::uint32_t b) {
        return std::tie(slots[a].prefix, slots[a].arrival) <
               std::tie(slots[b].prefix, slots[b].arrival);
    });

    slot* worst = nullptr;
    const auto is_own = [=](std::uint64_t p) { return p == newcomer; };
    const auto is_near = [=](std::uint64_t p) {
        return is_one_network(p, newcomer);
    };
    const std::pair own_network(count(is_waiting, is_near) + 1,
                                count(is_granted, is_near));
    std::tuple most(own_network, count(is_waiting, is_own) + 1,
                    count(is_granted, is_own), UINT64_MAX);
    std::pair<std::uint32_t, std::uint32_t> network;
    std::uint32_t* network_end = sorted;
    for (std::uint32_t *i = sorted, *next = nullptr; i != last; i = next) {
        const std::uint64_t prefix = slots[*i].prefix;
        next = std::find_if(i, last, [=](std::uint32_t other) {
            return slots[other].prefix != prefix;
        });
        if (i == network_end) {
            network_end = std::find_if(i, last, [=](std::uint32_t other) {
                return !is_one_network(slots[other].prefix, prefix);
            });
            const crowd all = crowd_of(i, network_end);
            network = {all.waiting, all.granted};
        }
        const crowd own = crowd_of(i, next);
        if (own.newest == nullptr || prefix == newcomer) {
            continue;
        }
        const std::tuple rank(is_one_network(prefix, newcomer) ? own_network
                                                               : network,
                              own.waiting, own.granted, own.newest->arrival);
        if (rank > most) {
            most = rank;
            worst = own.newest;
        }
    }
    return worst;
}

// All waiters of a prefix are in one round, so the oldest waiter in the lowest
// round is the oldest one of the prefix whose turn it is.
fair_queue::slot* fair_queue::next_in_turn() const noexcept
{
    slot* next = nullptr;
    for (slot& s : *this) {
        if (s.state == is_waiting &&
            (next == nullptr || s.round < next->round ||
             (s.round == next->round && s.arrival < next->arrival))) {
            next = &s;
        }
    }
    return next;
}

void fair_queue::grant(slot& to) noexcept
{
    layout_->round = std::max(layout_->round, to.round);
    for (slot& s : *this) {
        if (&s != &to && s.state == is_waiting && s.prefix == to.prefix) {
            s.round = layout_->round + 1;
        }
    }
    barrier();
    to.state = is_granted;
    barrier();
}

void fair_queue::assign() noexcept
{
    for (std::uint32_t given = count(is_granted); given < layout_->permits;
         ++given) {
        slot* const next = next_in_turn();
        if (next == nullptr) {
            return;
        }
        grant(*next);
    }
}

} // namespace auth
