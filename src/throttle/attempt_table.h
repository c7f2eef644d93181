#pragma once

#include "throttle/attempt_limits.h"

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
    address,              ///< an address prefix, whatever the names
    network,              ///< an IPv6 /48, whatever the names
    device,               ///< a device that the user has logged in from
    registration,         ///< registrations from an address prefix
    registration_network, ///< registrations from an IPv6 /48
};

/// The name of a known device (device_token.h).
using device_key = std::array<std::uint8_t, 16>;

/// The secret under which a table hashes what it counts.
using attempt_table_key = std::array<std::uint8_t, 16>;

/// A client wants to log in.
struct login_attempt {
    /// The name as folded for comparing, whether a user has it or not.
    std::string_view folded_name;
    std::uint64_t prefix; ///< of the address (address_prefix.h); 0: none
    /// The device, if it has logged in as this user before, or null.
    const device_key* device = nullptr;
};

/// A client wants to register.
struct registration_attempt {
    std::uint64_t prefix;
};

/// Where an admitted attempt was counted. Settle it once, with succeed() or
/// give_back(); both make it void. If it is dropped, the attempt stays a
/// failure. A reservation of zeros is void.
struct attempt_reservation {
    struct part {
        attempt_kind kind;
        std::uint64_t key;    ///< of the counter
        std::uint64_t serial; ///< another if it began anew; 0: no counter
        std::uint64_t last;   ///< when the failure before this one was
    };
    std::array<part, 4> parts;
    std::uint64_t at;
};

struct attempt_verdict {
    enum class outcome {
        admitted,
        refused,
        table_full ///< refused, because other counters fill the table
    };
    outcome what;
    std::uint32_t retry_after_s; ///< if not admitted; at least 1
    attempt_kind by; ///< if refused: the limit with the longest wait
    attempt_reservation reservation;
};

/// Counters of failed attempts in memory that several processes share.
///
/// reserve() counts an attempt as failed before the attempt starts, in all
/// counters that apply. Or it refuses the attempt, and then writes nothing. So
/// only as many attempts are admitted as may fail, however many come at once
/// to however many processes. succeed() and give_back() take the failure back.
///
/// Each counter has three numbers: `failures`, and the times `first` and `last`
/// at which the first and the last of these attempts were admitted. Its rule:
///  - Below its limit it is forgotten `window` after the first failure. (So at
///    most twice the limit, less one, are counted within any time as long as
///    the window. A network that many people share is not held for ever by the
///    few failures that it always has.)
///  - At its limit and beyond it is in delay: it refuses attempts until `last`
///    + 30 s, 1 min, 2, 4, … at most `delay`. Each failure beyond the limit is
///    one step. After the delay one attempt is admitted. It counts at once, as
///    every attempt does, so that no second one is admitted beside it; its
///    failure takes the next step. The counter is forgotten, steps and all,
///    `window` after the end of its delay.
/// An attempt is admitted if none of its counters is in delay. Otherwise the
/// verdict has the longest wait.
///
///                      counted in                   success
///  unknown device      user, user_total,            clears user; takes its own
///                      address, network             failure back in the rest
///  known device        device                       clears device
///  registration        registration(_network)       stays counted
///
/// A success does not clear user_total: a login of the owner says nothing about
/// guesses from elsewhere.
///
/// A counter may be in either of two sets of eight places. A keyed hash of what
/// it counts gives the sets, and clients cannot guess it. A new counter takes a
/// free or forgotten place there. If there is none, it takes the place of the
/// counter with the fewest failures, and among equals of the one whose last
/// failure is oldest, but never of a counter in delay. If all are in delay, one
/// of them moves to its other set by the same rule. If that is impossible, too,
/// the table is nearly full of delays. Then an unknown device is refused, and a
/// known device is admitted without a counter, because it must not suffer from
/// others.
///
/// An attempt_table is a view on raw memory that starts with a header. It owns
/// nothing and is cheap to copy. The memory has one lock, and the caller holds
/// it in every function except format(), attach() and capacity_for(). No
/// counter refers to another one, and the last word that is written of each is
/// its state. So a process that is killed between any two instructions leaves a
/// table that works and needs no repairs. At most, the failure that the process
/// was about to count is missing somewhere, or a counter that it was about to
/// move is there twice.
///
/// Times are milliseconds of one monotonic clock that all processes share; a
/// process may be a little behind it. A counter from more than ten minutes
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

    /// Asks for an attempt. Call it before anything is done for the attempt.
    attempt_verdict reserve(const login_attempt& attempt,
                            const attempt_limits& limits,
                            std::uint64_t now_ms) noexcept;
    attempt_verdict reserve(const registration_attempt& attempt,
                            const attempt_limits& limits,
                            std::uint64_t now_ms) noexcept;

    /// The attempt has succeeded. The table above says what that clears.
    void succeed(attempt_reservation& reservation) noexcept;

    /// The attempt did not take place: the module had an error, or the client
    /// left before its turn. Never call it after a password was compared. The
    /// table is then as before reserve(), except for counters that made room.
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
