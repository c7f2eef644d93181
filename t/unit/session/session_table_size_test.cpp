#include "session_table_fixture.h"

#include "../step_by_step.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace auth {
namespace {

using test::digest_of;
using test::identity_of;

constexpr session_limits limits = test::usual_limits;

TEST(session_table_size, grows_with_the_memory)
{
    EXPECT_EQ(session_table::capacity_for(0), 0u);
    EXPECT_EQ(session_table::capacity_for(1024), 0u);
    std::uint32_t before = 0;
    for (std::size_t size = 0; size < 200'000; size += 8) {
        const std::uint32_t capacity = session_table::capacity_for(size);
        ASSERT_GE(capacity, before);
        ASSERT_LE(capacity, before + 1);
        before = capacity;
    }
    EXPECT_GT(session_table::capacity_for(10 << 20), 18'500u);
    EXPECT_GT(session_table::capacity_for(SIZE_MAX), 1u << 30);
}

TEST(session_table_size, stays_inside_its_memory)
{
    const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    const std::size_t area = 64 * page;
    test::shared_memory memory(area + page);
    auto* const start = static_cast<char*>(memory.get());
    ASSERT_EQ(mprotect(start + area, page, PROT_NONE), 0);
    for (std::uint32_t capacity = 1; capacity < 70; ++capacity) {
        std::size_t size = 8;
        while (session_table::capacity_for(size) < capacity) {
            size += 8;
        }
        char* const where = start + area - size;
        std::memset(start, 0, area);
        session_table table = session_table::format(where, size);
        ASSERT_EQ(table.capacity(), capacity);
        for (std::uint64_t number = 0; number < capacity; ++number) {
            const session_identity who = identity_of(number);
            ASSERT_EQ(table.insert(digest_of(number), who, true, limits, 1000),
                      session_insert::done);
        }
        ASSERT_EQ(table.update_user(identity_of(0, "renamed"),
                                    identity_of(0, "renamed")),
                  session_update::done);
        ASSERT_EQ(test::defects(where, size), "");
        ASSERT_TRUE(std::all_of(start, where, [](char c) { return c == 0; }));
    }
}

TEST(session_table_size, format_writes_only_the_header)
{
    test::shared_memory memory(64 << 20);
    session_table::format(memory.get(), memory.size());
    const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    std::vector<unsigned char> resident(memory.size() / page);
    ASSERT_EQ(mincore(memory.get(), memory.size(), resident.data()), 0);
    std::size_t pages = 0;
    for (const unsigned char flags : resident) {
        pages += flags & 1;
    }
    EXPECT_LE(pages, 20'000 / page + 2);
}

} // namespace
} // namespace auth
