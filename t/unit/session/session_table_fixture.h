#pragma once

// A small table and short names for what is done with it.

#include "session/session_table.h"
#include "session_table_checker.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace auth::test {

constexpr session_limits usual_limits{30 * 60'000, 12 * 3'600'000, 20};

/// Every test leaves a sound table behind.
class session_table_test : public ::testing::Test
{
protected:
    session_table_test() { resize(16); }

    // Memory for exactly so many sessions.
    void resize(std::uint32_t capacity)
    {
        std::size_t size = 8;
        while (session_table::capacity_for(size) < capacity) {
            size += 8;
        }
        memory_.assign(size / 8, 0);
        table = session_table::format(memory_.data(), size);
        ASSERT_EQ(table.capacity(), capacity);
    }

    void TearDown() override { check(); }

    void check()
    {
        EXPECT_EQ(defects(memory_.data(), memory_.size() * 8, is_cache_), "");
    }

    session_insert insert(std::uint64_t number, std::uint64_t user,
                          bool secure = true)
    {
        return insert(number, identity_of(user), usual_limits, secure);
    }

    session_insert insert(std::uint64_t number, const session_identity& who,
                          const session_limits& with = usual_limits,
                          bool secure = true)
    {
        return table.insert(digest_of(number), who, secure, with, now);
    }

    bool find(std::uint64_t number, const session_limits& with = usual_limits,
              bool secure = true)
    {
        return table.find(digest_of(number), secure, with, now, found);
    }

    bool is_cache_ = false;
    std::vector<std::uint64_t> memory_;
    session_table table;
    session_identity found;
    std::uint64_t now = 1'000'000;
};

} // namespace auth::test
