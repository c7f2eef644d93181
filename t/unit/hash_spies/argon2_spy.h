#pragma once

#include <cstdint>
#include <vector>

namespace auth {

/// What the program under test really asks of libargon2 and libsodium: the test
/// program's argon2_ctx() and crypto_pwhash_argon2id() stand in front of the
/// libraries', note the cost, and call them. So the production code needs no
/// seam for counting hashes.
struct argon2_spy {
    enum class library { libargon2, libsodium };

    struct call {
        library by;
        std::uint32_t memory_kib, time, lanes, threads;

        bool operator==(const call& other) const
        {
            return by == other.by && memory_kib == other.memory_kib &&
                   time == other.time && lanes == other.lanes &&
                   threads == other.threads;
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
