#pragma once

#include <atomic>

namespace auth {

/// Keeps the compiler from moving stores across; for a process that is killed
/// between two instructions nothing more is needed.
inline void barrier() noexcept
{
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

} // namespace auth
