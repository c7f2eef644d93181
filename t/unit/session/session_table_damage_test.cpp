// Bytes of the memory are overwritten at random. A rebuild makes of them
// whatever is sound; without the mark, at least nothing is read or copied
// beyond its bounds.

#include "session/session_table.h"
#include "session/session_table_layout.h"
#include "session_table_checker.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <random>
#include <vector>

namespace auth {
namespace {

using test::digest_of;
using test::id_of;
using test::identity_of;
using test::in_epoch;

constexpr session_limits limits{30 * 60'000, 12 * 3'600'000, 5};
constexpr std::uint64_t now = 1'000'000;

// What format() writes is written once and by no change: no death can damage
// it, and without it there is nothing to rebuild from.
constexpr std::size_t geometry =
    offsetof(session_layout::header, sessions_used);
static_assert(geometry % 8 == 0); // whole words are damaged

class damaged_table
{
public:
    explicit damaged_table(std::size_t size) : memory_(size / 8)
    {
        session_table table = session_table::format(memory_.data(), size);
        for (std::uint64_t i = 0; i < table.capacity() - 5; ++i) {
            EXPECT_EQ(table.insert(digest_of(i), identity_of(i % 20), true,
                                   limits, now + i),
                      session_insert::done);
        }
        for (std::uint64_t i = 0; i < 10; ++i) {
            table.remove(digest_of(i * 3));
        }
        sound_ = memory_;
    }

    session_table damage(std::mt19937_64& random)
    {
        memory_ = sound_;
        auto* const bytes = reinterpret_cast<unsigned char*>(memory_.data());
        const std::size_t size = memory_.size() * 8;
        // In the records, most of the time.
        const std::size_t first =
            random() % 4 == 0 ? geometry : sizeof(session_layout::header);
        const std::size_t count =
            1 + random() % (random() % 8 == 0 ? 4000 : 40);
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t at = first + random() % (size - first);
            switch (random() % 3) {
            case 0:
                bytes[at] = static_cast<unsigned char>(random());
                break;
            case 1:
                bytes[at] ^= static_cast<unsigned char>(1 << random() % 8);
                break;
            default: // a word that looks like an index
                memory_[at / 8] = random() % 100 << 32 | random() % 100;
            }
        }
        return session_table::attach(memory_.data());
    }

    // So that a look-up has no reason to write.
    void make_recent(session_table table)
    {
        auto* const sessions = session_layout::session_records_of(header());
        for (std::uint32_t i = 0; i < table.capacity(); ++i) {
            sessions[i].created = sessions[i].last_seen = now;
        }
    }

    session_layout::header& header()
    {
        return *reinterpret_cast<session_layout::header*>(memory_.data());
    }
    std::string defects()
    {
        return test::defects(memory_.data(), memory_.size() * 8);
    }

private:
    std::vector<std::uint64_t> memory_, sound_;
};

TEST(session_table_damage, a_rebuild_makes_a_sound_table_of_anything)
{
    damaged_table damaged(60'000);
    std::mt19937_64 random(1);
    std::uint64_t kept = 0;
    for (int round = 0; round < 5'000; ++round) {
        session_table table = damaged.damage(random);
        damaged.header().mutating = 1;
        ASSERT_TRUE(table.recover_if_needed());
        ASSERT_EQ(damaged.defects(), "") << "round " << round;
        kept += table.live_sessions();

        session_identity who;
        for (std::uint64_t i = 0; i < 200; ++i) {
            const std::uint64_t time = now + 1000 + i;
            switch (random() % 4) {
            case 0:
                table.insert(digest_of(random() % 200),
                             in_epoch(static_cast<std::int64_t>(random() % 3),
                                      identity_of(random() % 30)),
                             true, limits, time);
                break;
            case 1:
                table.remove(digest_of(random() % 200), &who);
                break;
            case 2:
                table.raise_epoch(id_of(random() % 30), 1);
                table.remove_user(id_of(random() % 30));
                break;
            default:
                table.find(digest_of(random() % 200), true, limits, time, who);
            }
        }
        ASSERT_EQ(damaged.defects(), "") << "round " << round;
    }
    EXPECT_GT(kept, 5'000u); // and does not simply throw everything away
}

TEST(session_table_damage, every_byte_random)
{
    std::vector<std::uint64_t> memory(60'000 / 8);
    session_table table = session_table::format(memory.data(), 60'000);
    std::mt19937_64 random(2);
    for (int round = 0; round < 500; ++round) {
        for (std::size_t i = sizeof(session_layout::header) / 8;
             i < memory.size(); ++i) {
            memory[i] = random();
        }
        auto* const header =
            reinterpret_cast<session_layout::header*>(memory.data());
        header->mutating = static_cast<std::uint32_t>(random() | 1);
        header->sessions_used = static_cast<std::uint32_t>(random());
        header->users_used = static_cast<std::uint32_t>(random());
        ASSERT_TRUE(table.recover_if_needed());
        ASSERT_EQ(test::defects(memory.data(), memory.size() * 8), "");
        ASSERT_EQ(table.live_sessions(), 0u);
    }
}

// Nobody set the mark: a look-up may miss or find damaged text, but stays in
// bounds, and asks for a rebuild where it sees nonsense.
TEST(session_table_damage, a_look_up_stays_in_bounds)
{
    damaged_table damaged(60'000);
    std::mt19937_64 random(3);
    std::uint32_t rebuilt = 0;
    session_identity who;
    for (int round = 0; round < 20'000; ++round) {
        session_table table = damaged.damage(random);
        damaged.make_recent(table);
        damaged.header().mutating = 0;
        for (std::uint64_t i = 0; i < table.capacity(); ++i) {
            table.find(digest_of(i), true, limits, now, who);
            if (table.recover_if_needed()) {
                ++rebuilt;
                ASSERT_EQ(damaged.defects(), "");
                break;
            }
        }
    }
    EXPECT_GT(rebuilt, 100u);
}

TEST(session_table_damage, a_chain_without_an_end_is_noticed)
{
    std::vector<std::uint64_t> memory(60'000 / 8);
    session_table table = session_table::format(memory.data(), 60'000);
    for (std::uint64_t i = 0; i < 50; ++i) {
        table.insert(digest_of(i), identity_of(i), true, limits, now);
    }
    auto* const header =
        reinterpret_cast<session_layout::header*>(memory.data());
    auto* const session_buckets = session_layout::session_buckets_of(*header);
    auto* const user_buckets = session_layout::user_buckets_of(*header);
    auto* const sessions = session_layout::session_records_of(*header);
    auto* const users = session_layout::user_records_of(*header);
    for (std::uint32_t i = 0; i < header->buckets; ++i) {
        session_buckets[i] = 1;
        user_buckets[i] = 1;
    }
    sessions[0].bucket_next = 2;
    sessions[1].bucket_next = 1;
    users[0].bucket_next = 2;
    users[1].bucket_next = 1;

    const std::vector<std::uint64_t> looped = memory;
    session_identity who;
    EXPECT_FALSE(table.find(digest_of(7), true, limits, now, who));
    EXPECT_TRUE(table.recover_if_needed());
    EXPECT_TRUE(table.find(digest_of(7), true, limits, now, who));

    memory = looped;
    EXPECT_EQ(table.remove_user(id_of(7)), 0u);
    EXPECT_TRUE(table.recover_if_needed());
    EXPECT_EQ(table.remove_user(id_of(7)), 1u);

    // The mark of a change does not cover up the request.
    memory = looped;
    table.insert(digest_of(100), identity_of(100), true, limits, now);
    EXPECT_TRUE(table.recover_if_needed());
    EXPECT_EQ(test::defects(memory.data(), memory.size() * 8), "");
}

} // namespace
} // namespace auth
