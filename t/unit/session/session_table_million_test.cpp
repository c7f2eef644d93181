// The figures that the design promises, with a million sessions in one table.

#include "session/session_table.h"
#include "session/session_table_layout.h"
#include "session_table_checker.h"

#include "../step_by_step.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

namespace auth {
namespace {

using test::digest_of;
using test::id_of;
using test::identity_of;

constexpr std::uint32_t million = 1'000'000;
constexpr session_limits limits{30 * 60'000, 12 * 3'600'000, 20};
constexpr std::uint64_t start = 1'000'000;

double seconds_since(std::chrono::steady_clock::time_point then)
{
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         then)
        .count();
}

std::size_t memory_for(std::uint32_t capacity)
{
    std::size_t size =
        static_cast<std::size_t>(capacity) *
        (session_table::bytes_per_session + session_table::bytes_per_user);
    while (session_table::capacity_for(size) < capacity) {
        size += 64 * 1024;
    }
    return size;
}

// Four sessions a user; made over an hour and a half, so that the time of
// creation spreads as it would.
void fill(session_table& table, std::uint32_t sessions)
{
    for (std::uint32_t i = 0; i < sessions; ++i) {
        ASSERT_EQ(table.insert(digest_of(i), identity_of(i / 4), true,
                               {UINT64_MAX, UINT64_MAX, 20}, start + i * 5),
                  session_insert::done);
    }
}

double mean_probes(const void* memory, std::uint64_t first, std::uint32_t count)
{
    std::uint64_t probes = 0;
    for (std::uint64_t i = first; i < first + count; ++i) {
        probes += test::probes_for(memory, digest_of(i));
    }
    return static_cast<double>(probes) / count;
}

double nanoseconds_per_find(session_table& table, std::uint32_t sessions,
                            std::uint64_t now)
{
    // In an order that no cache can guess; digests are made beforehand.
    std::vector<session_digest> wanted(200'000);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        wanted[i] = digest_of(i * UINT64_C(2654435761) % sessions);
    }
    session_identity who;
    std::size_t found = 0;
    const auto then = std::chrono::steady_clock::now();
    for (const session_digest& digest : wanted) {
        found +=
            table.find(digest, true, {UINT64_MAX, UINT64_MAX, 20}, now, who);
    }
    const double seconds = seconds_since(then);
    EXPECT_EQ(found, wanted.size());
    return seconds * 1e9 / static_cast<double>(wanted.size());
}

TEST(session_table_million, look_up_cost_is_flat)
{
    test::shared_memory memory(memory_for(million));
    session_table table = session_table::format(memory.get(), memory.size());
    auto then = std::chrono::steady_clock::now();
    fill(table, table.capacity());
    std::printf("    %u sessions (%zu MiB) made in %.2f s\n",
                table.live_sessions(), memory.size() >> 20,
                seconds_since(then));
    ASSERT_GE(table.live_sessions(), million);

    const double hits = mean_probes(memory.get(), 0, table.capacity());
    const double misses = mean_probes(memory.get(), 1u << 30, table.capacity());
    std::printf("    records touched a look-up, full: %.3f found, %.3f not\n",
                hits, misses);
    EXPECT_LE(hits, 2.0);
    EXPECT_LE(misses, 2.0);

    const std::uint64_t now = start + table.capacity() * UINT64_C(5);
    const double touching = nanoseconds_per_find(table, million, now);
    const double reading = nanoseconds_per_find(table, million, now);
    std::printf("    ns a look-up: %.0f, with a touch %.0f\n", reading,
                touching);

    // Idle times are now in no order at all.
    static_cast<session_layout::header*>(memory.get())->mutating = 1;
    then = std::chrono::steady_clock::now();
    ASSERT_TRUE(table.recover_if_needed());
    const double seconds = seconds_since(then);
    std::printf("    rebuilt in %.2f s\n", seconds);
    EXPECT_LT(seconds, 60.0); // a second and less, where nothing else runs
    EXPECT_EQ(table.live_sessions(), table.capacity());
    EXPECT_EQ(mean_probes(memory.get(), 0, table.capacity()), hits);

    then = std::chrono::steady_clock::now();
    EXPECT_EQ(
        test::purge(table, memory.get(), limits, now + limits.lifetime_ms),
        table.capacity());
    std::printf("    purged in %.2f s\n", seconds_since(then));
    EXPECT_EQ(test::users_in(memory.get()), 0u);
}

// Full tables of any size, since buckets double: the worst is a power of two.
TEST(session_table_million, any_capacity_is_as_flat)
{
    for (const std::uint32_t capacity :
         {1'000u, 1'024u, 1'500u, 30'000u, 65'536u, 100'000u}) {
        test::shared_memory memory(memory_for(capacity));
        session_table table =
            session_table::format(memory.get(), memory.size());
        fill(table, capacity);
        EXPECT_LE(mean_probes(memory.get(), 0, capacity), 1.6) << capacity;
        EXPECT_LE(mean_probes(memory.get(), 1u << 30, capacity), 1.1)
            << capacity;
    }
}

// Counted, for the same session record in a table of one session and of many;
// the time differs by what the caches hold.
TEST(session_table_million, one_session_and_many_cost_the_same_instructions)
{
    std::vector<std::size_t> instructions;
    for (const std::uint32_t sessions : {1u, 400u, 20'000u}) {
        test::shared_memory memory(memory_for(20'000));
        session_table table =
            session_table::format(memory.get(), memory.size());
        fill(table, sessions);
        std::uint64_t number = 0; // user0 to user9: all names are as long
        while (number < 39 &&
               test::probes_for(memory.get(), digest_of(number)) != 1) {
            ++number;
        }
        const session_digest wanted = digest_of(number);
        const std::uint64_t now = start + number * 5;
        session_identity who;
        ASSERT_TRUE(table.find(wanted, true, limits, now, who));
        const test::shared_memory unwatched(4096);
        instructions.push_back(
            test::step_by_step(
                unwatched, [&] { table.find(wanted, true, limits, now, who); },
                [] {})
                .instructions);
        std::printf(
            "    %u sessions: %zu instructions, %.0f ns a look-up\n", sessions,
            instructions.back(),
            nanoseconds_per_find(table, sessions, start + sessions * 5ul));
    }
    EXPECT_EQ(instructions[0], instructions[1]);
    EXPECT_EQ(instructions[0], instructions[2]);
}

} // namespace
} // namespace auth
