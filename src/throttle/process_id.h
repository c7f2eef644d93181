#pragma once

#include <cstdint>

namespace auth {

/// A process of this machine. It is not equal to a later process to which the
/// kernel gives the same number.
struct process_id {
    std::int32_t pid;
    std::uint64_t started; ///< clock ticks after the boot; 0: not known
};

inline bool operator==(const process_id& a, const process_id& b) noexcept
{
    return a.pid == b.pid && a.started == b.started;
}

/// The process that has this number now. It reads /proc; if that is missing,
/// only the number is known.
process_id process_of(std::int32_t pid) noexcept;

/// Whether that process is still there.
bool lives(const process_id& process) noexcept;

} // namespace auth
