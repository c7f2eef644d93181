#pragma once

#include <cstdint>

namespace auth {

/// A process of this machine, told from a later one to which the kernel gives
/// the same number.
struct process_id {
    std::int32_t pid;
    std::uint64_t started; ///< clock ticks after the boot; 0: not known
};

inline bool operator==(const process_id& a, const process_id& b) noexcept
{
    return a.pid == b.pid && a.started == b.started;
}

/// The process with this number now. Reads /proc; without it nothing is known
/// but the number.
process_id process_of(std::int32_t pid) noexcept;

/// Whether that process is still there.
bool lives(const process_id& process) noexcept;

} // namespace auth
