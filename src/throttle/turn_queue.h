#pragma once

#include "process_id.h"

#include <cstddef>
#include <cstdint>

namespace auth {

/// Permits for something scarce and a fair queue for those who wait, over raw
/// memory: shared by several processes (password hashes of one nginx) or
/// private to one (store calls of one worker).
///
/// Turns go round the address prefixes that wait, in rounds. A prefix that
/// starts to wait may have its turn in the next round; one that has had a turn
/// waits for the round after. A free permit goes to the waiting prefix with
/// the lowest round, among those to the one whose oldest waiter came first,
/// and there to that waiter. So an address with a thousand waiters delays
/// another's first waiter by at most one turn, and nobody waits for ever: who
/// comes later is never in an earlier round.
///
/// When the queue is full, the network with the most waiters (an IPv6 /48, see
/// address_network()) loses its newest waiter of the prefix with the most, the
/// newcomer counted: the newcomer itself, if its prefix is that one. Between
/// equals, who has more permits loses, then the newest waiter. So whoever has
/// a /48 cannot fill the queue from its many prefixes.
///
/// The caller holds the memory's one lock in every call but required_size().
/// Nothing is linked and nothing counted: the state is plain slots, scanned
/// (queues are short), each written last by its state word, so that a process
/// killed in any place leaves a queue that works. Slots of dead processes are
/// freed by reap().
class turn_queue
{
public:
    /// One place in the queue or one permit; keep it until leave(). A ticket
    /// of zeros is void.
    struct ticket {
        std::uint32_t slot;
        std::uint32_t serial; ///< tells reuse of the slot
    };

    enum class turn { granted, waiting, turned_away };

    /// Bytes that a queue with these limits needs.
    static std::size_t required_size(std::uint32_t permits,
                                     std::uint32_t waiters) noexcept;

    /// Lays an empty queue out over memory aligned to 8.
    static turn_queue format(void* memory, std::uint32_t permits,
                             std::uint32_t waiters) noexcept;
    static turn_queue attach(void* memory) noexcept;

    /// Asks for a permit for `prefix` (see address_prefix.h; 0 is as good as
    /// any) on behalf of process `owner`. `mine` is void if turned away.
    turn enter(std::uint64_t prefix, const process_id& owner,
               ticket& mine) noexcept;

    /// What has become of a ticket. A waiting one is granted by whoever gives
    /// a permit back; its owner sees it here. After turned_away it is void.
    turn poll(ticket mine) noexcept;

    /// Gives a permit back, or a place in the queue; ignores a void ticket.
    void leave(ticket mine) noexcept;

    /// Frees what processes hold of which `lives` says that they do not: it
    /// is asked once about each.
    void reap(bool (*lives)(const process_id& owner)) noexcept;

private:
    struct slot;
    struct layout;

    explicit turn_queue(layout* memory) noexcept : layout_(memory) {}

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
