#include "session/store_sync.h"

#include "session_table_fixture.h"

namespace auth {
namespace {

using test::identity_of;

constexpr std::uint64_t minute_ms = 60'000;
constexpr session_limits lasting{UINT64_MAX, UINT64_MAX, 20};

class store_sync_test : public test::session_table_test
{
protected:
    store_sync_test() { is_cache_ = true; }

    /// One turn of a process that compares; whether it has forgotten sessions.
    bool read(std::int64_t store_time)
    {
        bool forgets = sync.was_cut_off(now);
        const store_sync::reading turn = sync.begin(now);
        forgets |= sync.was_paused(store_time);
        if (forgets) {
            table.clear();
        }
        sync.end(turn, store_time);
        return forgets;
    }

    store_sync sync{now};
    std::int64_t store_time = 1'000'000'000'000;
};

TEST_F(store_sync_test, one_leads_until_its_lease_has_lapsed)
{
    EXPECT_TRUE(sync.lead(1, now));
    EXPECT_FALSE(sync.lead(2, now + 999));
    EXPECT_TRUE(sync.lead(1, now + 999));
    EXPECT_FALSE(sync.lead(2, now + 1998));
    EXPECT_TRUE(sync.lead(2, now + 1999));
    EXPECT_FALSE(sync.lead(1, now + 2000));
}

TEST_F(store_sync_test, what_was_told_is_true_of_when_it_was_asked)
{
    const auto slow = sync.begin(now);
    sync.end(slow, store_time);
    EXPECT_EQ(sync.unread_ms(now + 5000), 5000u);
    EXPECT_EQ(sync.begin(now + 5000).since_ms, 5000u);
    // One that began earlier ends later.
    sync.end(sync.begin(now + 7000), store_time);
    sync.end(slow, store_time);
    EXPECT_EQ(sync.begin(now + 8000).since_ms, 1000u);
}

TEST_F(store_sync_test, failures_are_remembered_until_one_succeeds)
{
    EXPECT_FALSE(sync.begin(now).after_failure);
    sync.fail();
    const auto again = sync.begin(now + 9000);
    EXPECT_TRUE(again.after_failure);
    EXPECT_EQ(again.since_ms, 9000u);
    sync.end(again, store_time);
    EXPECT_FALSE(sync.begin(now).after_failure);
}

/// The store forgets after an hour what has ended.
TEST_F(store_sync_test, after_a_long_cut_each_session_is_unknown)
{
    EXPECT_FALSE(read(store_time));
    for (const std::uint64_t cut : {1u, 29u, 30u}) {
        insert(cut, identity_of(7), lasting);
        now += cut * minute_ms;
        EXPECT_FALSE(read(store_time += cut * minute_ms)) << cut;
        EXPECT_TRUE(find(cut, lasting)) << cut;
    }
    now += 30 * minute_ms + 1;
    insert(90, identity_of(8), lasting); // who has just logged in
    EXPECT_TRUE(read(store_time += 30 * minute_ms + 1));
    for (const std::uint64_t number : {1u, 29u, 30u, 90u}) {
        EXPECT_FALSE(find(number, lasting)) << number;
    }
    EXPECT_FALSE(read(store_time += 1000));
}

TEST_F(store_sync_test, a_machine_that_slept_was_cut_off)
{
    EXPECT_FALSE(read(store_time));
    insert(1, 7);
    now += 1000; // and the store's clock went on for two hours
    EXPECT_TRUE(read(store_time += 120 * minute_ms));
    EXPECT_FALSE(find(1));
    // A primary with a slower clock is no cut.
    insert(2, 7);
    EXPECT_FALSE(read(store_time -= 120 * minute_ms));
    EXPECT_TRUE(find(2));
}

TEST_F(store_sync_test, uses_are_told_up_to_a_time)
{
    EXPECT_EQ(sync.uses_told(), now);
    sync.note_uses_told(now + 10);
    sync.note_uses_told(now + 5);
    EXPECT_EQ(sync.uses_told(), now + 10);
}

} // namespace
} // namespace auth
