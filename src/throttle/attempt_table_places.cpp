// Where the counters of a table are, and where new ones go.

#include "throttle/attempt_table_layout.h"

namespace auth {

using namespace attempt_layout;

namespace {

bool less_missed(const counter& first, const counter& other)
{
    return first.failures != other.failures ? first.failures < other.failures
                                            : first.last < other.last;
}

} // namespace

// The first counters of the two sets that may have a key.
std::array<attempt_table::index, 2>
attempt_table::sets_of(std::uint64_t key) const noexcept
{
    const std::uint64_t sets = header_->sets;
    const std::uint64_t first = (key & UINT32_MAX) * sets >> 32;
    std::uint64_t second = (key >> 32) * sets >> 32;
    if (second == first) {
        second = (second + 1) % sets;
    }
    return {static_cast<index>(first * set_size + 1),
            static_cast<index>(second * set_size + 1)};
}

attempt_table::index attempt_table::find(std::uint64_t key,
                                         attempt_kind kind) const noexcept
{
    for (const index set : sets_of(key)) {
        for (index i = set; i < set + set_size; ++i) {
            if (at(i).key == key && live(at(i)) && kind_of(at(i)) == kind) {
                return i;
            }
        }
    }
    return 0;
}

// Finds a place for a new counter in the set with more room. If both are full,
// it is the place of the least important counter.
bool attempt_table::find_place(plan_entry& entry,
                               const plan& plan) const noexcept
{
    index least = 0;
    index room = 0;
    std::uint32_t most = 0;
    for (const index set : sets_of(entry.key)) {
        index first = 0;
        std::uint32_t places = 0;
        for (index i = set; i < set + set_size; ++i) {
            if (plan.holds(i)) {
                continue;
            }
            if (is_forgotten(at(i), plan)) {
                first = first == 0 ? i : first;
                ++places;
            } else if (delay_left(at(i), plan) == 0 &&
                       (least == 0 || less_missed(at(i), at(least)))) {
                least = i;
            }
        }
        if (places > most) {
            most = places;
            room = first;
        }
    }
    entry.place = room != 0 ? room : least;
    return entry.place != 0;
}

// Finds a place where counters in delay take all places of both sets: one of
// these counters may find a place in its own other set.
bool attempt_table::find_place_by_moving(plan_entry& entry,
                                         const plan& plan) const noexcept
{
    for (const index set : sets_of(entry.key)) {
        for (index i = set; i < set + set_size; ++i) {
            plan_entry other{kind_of(at(i)), at(i).key, 0, false, 0};
            if (plan.holds(i) || !find_place(other, plan)) {
                continue;
            }
            const bool room = is_forgotten(at(other.place), plan);
            if (room || entry.place == 0 ||
                less_missed(at(other.place), at(entry.moves))) {
                entry.place = i;
                entry.moves = other.place;
            }
            if (room) {
                return true;
            }
        }
    }
    return entry.place != 0;
}

// The caller overwrites the counter at `from`.
void attempt_table::move(index from, index to) noexcept
{
    at(to).state = 0;
    barrier();
    const std::uint32_t state = at(from).state;
    at(to).key = at(from).key;
    at(to).serial = at(from).serial;
    at(to).first = at(from).first;
    at(to).last = at(from).last;
    at(to).failures = at(from).failures;
    barrier();
    at(to).state = state;
    barrier();
}

// In how many milliseconds the first delay ends that keeps a key out.
std::uint64_t attempt_table::soonest_place(std::uint64_t key,
                                           const plan& plan) const noexcept
{
    std::uint64_t soonest = UINT64_MAX;
    for (const index set : sets_of(key)) {
        for (index i = set; i < set + set_size; ++i) {
            if (!plan.holds(i)) {
                soonest = std::min(soonest, delay_left(at(i), plan));
            }
        }
    }
    return soonest;
}

} // namespace auth
