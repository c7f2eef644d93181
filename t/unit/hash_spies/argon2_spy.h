#pragma once

#include <cstdint>
#include <vector>

namespace auth {

/// What the program under test really asks of libargon2: the test program's
/// argon2_ctx() stands in front of the library's, notes the cost, and calls
/// it. So the production code needs no seam for counting hashes.
struct argon2_spy {
    struct call {
        std::uint32_t memory_kib, time, lanes, threads;

        bool operator==(const call& other) const
        {
            return memory_kib == other.memory_kib && time == other.time &&
                   lanes == other.lanes && threads == other.threads;
        }
    };

    static std::vector<call> calls;
    static int fail_after; ///< as many succeed, then one fails; -1: none
    static bool no_random; ///< getrandom() fails

    static void reset()
    {
        calls.clear();
        fail_after = -1;
        no_random = false;
    }
};

} // namespace auth
