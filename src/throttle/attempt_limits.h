#pragma once

#include <cstdint>

namespace auth {

// How many attempts may fail (a count of 0 turns that limit off), within which
// time, and how long an attempt over the limit has to wait at most. The table
// reads them on every use, so that a reload changes them for its counters, too.

struct login_limits {
    std::uint32_t user = 5;        ///< per user name and address prefix
    std::uint32_t user_total = 30; ///< per user name, over all prefixes
    std::uint32_t device = 5;      ///< per known device and user name
    std::uint32_t address = 20;    ///< per address prefix; five times that
                                   ///< per IPv6 /48
    std::uint64_t window_ms = 15 * 60'000;
    std::uint64_t delay_ms = 15 * 60'000;
};

struct registration_limits {
    std::uint32_t address = 10; ///< as above
    std::uint64_t window_ms = 60 * 60'000;
    std::uint64_t delay_ms = 15 * 60'000;
};

struct attempt_limits {
    login_limits login;
    registration_limits registration;
};

} // namespace auth
