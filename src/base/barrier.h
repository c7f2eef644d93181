#pragma once

#include <atomic>

namespace auth {

/// Keeps the compiler from moving stores across. The processor needs no
/// instruction for it: a kill comes between two instructions, and everything
/// that the process has stored until then reaches memory. The next holder of
/// the lock is ordered by the lock.
inline void barrier() noexcept
{
    std::atomic_signal_fence(std::memory_order_seq_cst);
}

} // namespace auth
