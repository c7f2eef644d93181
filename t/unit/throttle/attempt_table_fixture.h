#pragma once

// A table, a clock that only moves when told to, and short names for what is
// done with them.

#include "throttle/attempt_table.h"
#include "throttle/attempt_table_layout.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace auth::test {

using outcome = attempt_verdict::outcome;

constexpr std::uint64_t second = 1000;
constexpr std::uint64_t minute = 60 * second;

constexpr attempt_table_key table_key{1, 2,  3,  4,  5,  6,  7,  8,
                                      9, 10, 11, 12, 13, 14, 15, 16};

constexpr std::uint64_t ipv4(std::uint32_t address)
{
    return UINT64_C(0xff00'0004'0000'0000) | address;
}

/// A /64 in one of many /48.
constexpr std::uint64_t ipv6(std::uint32_t network, std::uint16_t subnet)
{
    return UINT64_C(0x2000'0000'0000'0000) |
           static_cast<std::uint64_t>(network) << 16 | subnet;
}

inline device_key device_of(std::uint8_t number)
{
    device_key key{};
    key[3] = number;
    return key;
}

/// The bytes of a table for so many counters.
constexpr std::size_t table_size(std::uint32_t counters)
{
    return sizeof(attempt_layout::header) +
           counters * attempt_table::bytes_per_counter;
}

/// The live counters of a table, by key and kind, from its memory.
using counters_seen =
    std::map<std::pair<std::uint64_t, attempt_kind>, attempt_layout::counter>;

inline counters_seen counters_in(const void* memory)
{
    using namespace attempt_layout;
    const auto* const table = static_cast<const header*>(memory);
    const auto* const all = reinterpret_cast<const counter*>(table + 1);
    counters_seen seen;
    for (std::uint32_t i = 0; i < table->sets * set_size; ++i) {
        if (live(all[i])) {
            const auto [it, fresh] =
                seen.emplace(std::pair(all[i].key, kind_of(all[i])), all[i]);
            EXPECT_TRUE(fresh || it->second.serial == all[i].serial)
                << "two counters of one thing";
        }
    }
    return seen;
}

/// How many counters of a table are not forgotten, and how many of these are
/// in delay.
struct usage {
    std::uint32_t live, delayed;
};

inline usage usage_of(const void* memory, const attempt_limits& limits,
                      std::uint64_t now_ms)
{
    using namespace attempt_layout;
    const auto* const table = static_cast<const header*>(memory);
    const auto* const all = reinterpret_cast<const counter*>(table + 1);
    const plan plan{limits, now_ms};
    usage seen{};
    for (std::uint32_t i = 0; i < table->sets * set_size; ++i) {
        if (!is_forgotten(all[i], plan)) {
            ++seen.live;
            seen.delayed += delay_left(all[i], plan) != 0 ? 1 : 0;
        }
    }
    return seen;
}

class attempt_table_test : public ::testing::Test
{
protected:
    attempt_table_test() { resize(4096); }

    // Memory for exactly so many counters, a multiple of eight.
    void resize(std::uint32_t counters)
    {
        memory_.assign(table_size(counters) / 8, 0);
        table = attempt_table::format(memory_.data(), memory_.size() * 8,
                                      table_key);
        ASSERT_EQ(table.capacity(), counters);
    }

    attempt_verdict attempt(const std::string& name, std::uint64_t prefix,
                            const device_key* device = nullptr)
    {
        return table.reserve(login_attempt{name, prefix, device}, limits, now);
    }

    attempt_verdict registration(std::uint64_t prefix)
    {
        return table.reserve(registration_attempt{prefix}, limits, now);
    }

    // How many of so many attempts, all of which fail, are admitted.
    int fail(int times, const std::string& name, std::uint64_t prefix,
             const device_key* device = nullptr)
    {
        int admitted = 0;
        for (int i = 0; i < times; ++i) {
            admitted += attempt(name, prefix, device).what == outcome::admitted;
        }
        return admitted;
    }

    bool succeeds(const std::string& name, std::uint64_t prefix,
                  const device_key* device = nullptr)
    {
        attempt_verdict verdict = attempt(name, prefix, device);
        table.succeed(verdict.reservation);
        return verdict.what == outcome::admitted;
    }

    // The wait in seconds, 0 if admitted (and then given back).
    std::uint32_t wait(const std::string& name, std::uint64_t prefix,
                       const device_key* device = nullptr)
    {
        attempt_verdict verdict = attempt(name, prefix, device);
        table.give_back(verdict.reservation);
        return verdict.retry_after_s;
    }

    counters_seen counters() const { return counters_in(memory_.data()); }
    usage used() const { return usage_of(memory_.data(), limits, now); }
    std::uint32_t delayed() const { return used().delayed; }

    std::vector<std::uint64_t> memory_;
    attempt_table table;
    attempt_limits limits;
    std::uint64_t now = 100 * minute;
};

} // namespace auth::test
