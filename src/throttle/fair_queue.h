#pragma once

#include "throttle/process_id.h"

#include <cstddef>
#include <cstdint>

namespace auth {

/// Permits for something scarce, and a fair queue for requests that wait for
/// one. The memory is shared by several processes (password hashes of one
/// nginx) or private to one (store calls of one worker).
///
/// Turns go round the waiting address prefixes. A prefix that starts to wait
/// may have its turn in the next round. A prefix that has had a turn waits for
/// the round after. A free permit goes to the waiting prefix with the lowest
/// round, among equals to the one whose oldest waiter came first, and there to
/// that waiter. So an address with a thousand waiters delays the first waiter
/// of another address by at most one turn. Nobody waits for ever, because a
/// later waiter is never in an earlier round.
///
/// A full queue turns somebody away: in the network with the most waiters (an
/// IPv6 /48, see address_network()), in its prefix with the most waiters, the
/// newest waiter. The newcomer counts as a waiter, and may be turned away.
/// Among equals the one with more permits loses, then the newest waiter. So the
/// owner of a /48 cannot fill the queue from its many prefixes.
///
/// The memory has one lock, and the caller holds it in every function except
/// required_size(). The state is an array of slots without links and counts,
/// which is scanned, because queues are short. The last word that is written of
/// a slot is its state, so that a process that is killed anywhere leaves a
/// queue that works. reap() frees the slots of dead processes.
class fair_queue
{
public:
    /// A place in the queue, or a permit. Keep it until leave(). A ticket of
    /// zeros is void.
    struct ticket {
        std::uint32_t slot;
        std::uint32_t serial; ///< tells reuse of the slot
    };

    enum class turn { granted, waiting, turned_away };

    /// How many bytes a queue with these limits needs.
    static std::size_t required_size(std::uint32_t permits,
                                     std::uint32_t waiters) noexcept;

    /// Lays an empty queue out over memory aligned to 8.
    static fair_queue format(void* memory, std::uint32_t permits,
                             std::uint32_t waiters) noexcept;
    static fair_queue attach(void* memory) noexcept;

    /// Asks for a permit for `prefix` (see address_prefix.h; 0 is a prefix as
    /// any other) on behalf of the process `owner`. `mine` is void if the
    /// result is turned_away.
    turn enter(std::uint64_t prefix, const process_id& owner,
               ticket& mine) noexcept;

    /// What has become of a ticket. The process that gives a permit back grants
    /// it to a waiter, whose owner sees that here. After turned_away the ticket
    /// is void.
    turn poll(ticket mine) noexcept;

    /// Gives back a permit, or a place in the queue. Ignores a void ticket.
    void leave(ticket mine) noexcept;

    /// How many permits are given, and how many requests wait for one.
    struct load {
        std::uint32_t granted, waiting;
    };
    load now() const noexcept;

    /// Frees the slots of dead processes. It asks `lives` once about each
    /// process.
    void reap(bool (*lives)(const process_id& owner)) noexcept;

private:
    struct slot;
    struct layout;

    explicit fair_queue(layout* memory) noexcept : layout_(memory) {}

    slot* begin() const noexcept;
    slot* end() const noexcept;
    slot* find(ticket wanted) const noexcept;
    std::uint32_t count(std::uint32_t state) const noexcept;
    template <class Condition>
    std::uint32_t count(std::uint32_t state, Condition belongs) const noexcept;
    std::uint64_t first_round(std::uint64_t prefix) const noexcept;
    struct crowd;
    crowd crowd_of(const std::uint32_t* slots,
                   const std::uint32_t* end) const noexcept;
    slot* loser(std::uint64_t newcomer) const noexcept;
    slot* next_in_turn() const noexcept;
    void grant(slot& to) noexcept;
    void assign() noexcept;

    layout* layout_;
};

} // namespace auth
