#pragma once

#include "attempt_limits.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace auth {

namespace attempt_layout {
struct header;
struct counter;
struct plan;
struct plan_entry;
} // namespace attempt_layout

/// What a counter counts. The values are part of the memory's layout.
enum class attempt_kind : std::uint8_t {
    user,                 ///< a user name from one address prefix
    user_total,           ///< a user name from everywhere
    address,              ///< an address prefix, whoever it tries
    network,              ///< an IPv6 /48, likewise
    device,               ///< a device that the user has logged in from
    registration,         ///< registrations from an address prefix
    registration_network, ///< registrations from an IPv6 /48
};

/// What a known device is called (device_token.h).
using device_key = std::array<std::uint8_t, 16>;

/// The secret under which a table hashes what it counts.
using attempt_table_key = std::array<std::uint8_t, 16>;

/// Somebody wants to log in.
struct login_attempt {
    /// As folded for comparing, whether there is such a user or not.
    std::string_view folded_name;
    std::uint64_t prefix; ///< of the address (address_prefix.h); 0: none
    /// The device that has logged in as this user before, or null.
    const device_key* device = nullptr;
};

/// Somebody wants to register.
struct registration_attempt {
    std::uint64_t prefix;
};

/// Where an admitted attempt was counted. Settle it once, with succeed() or
/// give_back(), which void it; dropped, it stays a failure. One of zeros is
/// void.
struct attempt_reservation {
    struct part {
        attempt_kind kind;
        std::uint64_t key;    ///< of the counter
        std::uint64_t serial; ///< tells one that began anew; 0: none
        std::uint64_t last;   ///< when the failure before this one was
    };
    std::array<part, 4> parts;
    std::uint64_t at;
};

struct attempt_verdict {
    enum class outcome {
        admitted,
        refused,
        table_full ///< as refused, because of others
    };
    outcome what;
    std::uint32_t retry_after_s; ///< if not admitted; at least 1
    attempt_kind by;             ///< if refused: the limit with that wait
    attempt_reservation reservation;
};

/// Counters of failed attempts in memory that several processes share.
///
/// An attempt is counted as failed before it starts, in all counters that
/// apply, or it is refused, and then nothing at all is written. So however
/// many come at once, over however many processes, only as many are admitted
/// as may fail. Success and an attempt that never was take that failure back.
///
/// The rule of each counter, which has three numbers, `failures`, `first` and
/// `last` (the times at which the attempts were admitted):
///  - below its limit it is forgotten `window` after the first failure. (So
///    within any time as long as the window at most twice the limit, less
///    one, are counted, and a network that many share is not held for ever
///    by the few failures that it always has.)
///  - at its limit and beyond it is in delay: attempts are refused until
///    `last` + 30 s, 1 min, 2, 4, … at most `delay`, by how far it is beyond.
///    Then one is admitted, whose failure takes the next step; as any other it
///    counts at once, so that there are not two. It is forgotten, steps and
///    all, `window` after the end of its delay.
/// An attempt is admitted if none of its counters is in delay, and told the
/// longest wait otherwise.
///
///                      counted in                   success
///  unknown device      user, user_total,            clears user; takes its own
///                      address, network             failure back in the rest
///  known device        device                       clears device
///  registration        registration(_network)       stays counted
///
/// A success does not clear user_total: that the owner has come says nothing
/// about the guesses from elsewhere.
///
/// A counter may be in one of two sets of eight, told by a keyed hash of what
/// it counts, which nobody outside can guess. A new one takes a free or
/// forgotten place there, else that of the counter with the fewest failures
/// and among those with the oldest last one, but never one in delay. If all
/// are in delay, one of them moves to its other set, where the same is done.
/// If that cannot be either, which takes a table nearly full of delays, an
/// unknown device is refused; a known one is admitted without a counter, since
/// it must not suffer from others.
///
/// The table is a view on raw memory that starts with its header; it owns
/// nothing and is cheap to copy. Every function but format(), attach() and
/// capacity_for() needs the caller to hold the one lock of that memory.
/// Nothing is linked, each counter stands for itself and is written last by
/// its state word, so that a process killed between any two instructions
/// leaves a table that works, without repairs; at most the one failure that it
/// was about to count is missing somewhere, or a counter that it was about to
/// move is there twice.
///
/// Times are milliseconds of one monotonic clock that all processes share; a
/// process may see it a little late. A counter from more than ten minutes
/// ahead is damaged and counts as forgotten.
class attempt_table
{
public:
    static constexpr std::size_t bytes_per_counter = 40;

    /// Lays an empty table out over zeroed memory (aligned to 8) into which at
    /// least one counter fits. Only the header is written. The key is random.
    static attempt_table format(void* memory, std::size_t size,
                                const attempt_table_key& key) noexcept;

    /// A view on memory that format() laid out.
    static attempt_table attach(void* memory) noexcept;

    /// How many counters fit into `size` bytes; 0 if too few to work with.
    static std::uint32_t capacity_for(std::size_t size) noexcept;

    /// A view on nothing, to be assigned to.
    attempt_table() noexcept = default;

    std::uint32_t capacity() const noexcept;

    /// Asks for an attempt; to be called before anything is done for it.
    attempt_verdict reserve(const login_attempt& attempt,
                            const attempt_limits& limits,
                            std::uint64_t now_ms) noexcept;
    attempt_verdict reserve(const registration_attempt& attempt,
                            const attempt_limits& limits,
                            std::uint64_t now_ms) noexcept;

    /// The attempt has succeeded: see the table above.
    void succeed(attempt_reservation& reservation) noexcept;

    /// The attempt never was (an error of ours, a client that left before its
    /// turn; never one whose password was compared): as if it
    /// had not been reserved, but for counters that made room for it.
    void give_back(attempt_reservation& reservation) noexcept;

private:
    using index = std::uint32_t; ///< of a counter, from 1; 0 is none

    explicit attempt_table(attempt_layout::header* header) noexcept;

    attempt_layout::counter& at(index i) const noexcept;
    void add(attempt_layout::plan& plan, attempt_kind kind, std::uint64_t a,
             std::uint64_t b, std::uint64_t c) const noexcept;
    attempt_verdict carry_out(attempt_layout::plan& plan) noexcept;
    attempt_reservation::part
    count_failure(const attempt_layout::plan_entry& in,
                  const attempt_layout::plan& plan) noexcept;
    std::array<index, 2> sets_of(std::uint64_t key) const noexcept;
    index find(std::uint64_t key, attempt_kind kind) const noexcept;
    bool find_place(attempt_layout::plan_entry& entry,
                    const attempt_layout::plan& plan) const noexcept;
    bool find_place_by_moving(attempt_layout::plan_entry& entry,
                              const attempt_layout::plan& plan) const noexcept;
    void move(index from, index to) noexcept;
    std::uint64_t
    soonest_place(std::uint64_t key,
                  const attempt_layout::plan& plan) const noexcept;
    void settle(attempt_reservation& reservation, bool success) noexcept;
    attempt_layout::counter*
    counted_in(const attempt_reservation::part& part) const noexcept;

    attempt_layout::header* header_ = nullptr;
    attempt_layout::counter* counters_ = nullptr;
};

} // namespace auth
