// A table that holds some of the sessions of a store.

#include "../step_by_step.h"
#include "session_table_fixture.h"

#include <algorithm>
#include <array>
#include <functional>
#include <random>
#include <set>
#include <vector>

namespace auth {
namespace {

using test::digest_of;
using test::identity_of;
using test::in_epoch;

constexpr session_limits limits = [] {
    session_limits usual = test::usual_limits;
    usual.is_cache = true;
    return usual;
}();

class session_table_cache : public test::session_table_test
{
protected:
    session_table_cache() { is_cache_ = true; }

    session_insert adopt(std::uint64_t number, const session_identity& who,
                         std::uint64_t age_ms = 0)
    {
        return adopt(number, who, age_ms, table.endings());
    }

    session_insert adopt(std::uint64_t number, const session_identity& who,
                         std::uint64_t age_ms, std::uint64_t endings)
    {
        return table.adopt({digest_of(number), true, age_ms, endings}, who,
                           limits, now);
    }
};

TEST_F(session_table_cache, adopts_what_the_store_has)
{
    now += limits.lifetime_ms;
    EXPECT_EQ(adopt(1, identity_of(7), limits.lifetime_ms - 1000),
              session_insert::done);
    ASSERT_TRUE(find(1, limits));
    EXPECT_EQ(found.name(), identity_of(7).name());
    EXPECT_FALSE(find(1, limits, false));

    // It ends when it would have ended, however late it came.
    now += 999;
    EXPECT_TRUE(find(1, limits));
    now += 1;
    EXPECT_FALSE(find(1, limits));
}

TEST_F(session_table_cache, adopting_twice_changes_nothing)
{
    EXPECT_EQ(adopt(1, identity_of(7)), session_insert::done);
    EXPECT_EQ(adopt(1, identity_of(8)), session_insert::done);
    EXPECT_EQ(table.live_sessions(), 1u);
    ASSERT_TRUE(find(1, limits));
    EXPECT_EQ(found.user_id(), identity_of(7).user_id());
}

TEST_F(session_table_cache, a_lower_epoch_is_dead)
{
    EXPECT_EQ(adopt(1, in_epoch(5, identity_of(7))), session_insert::done);
    EXPECT_EQ(adopt(2, in_epoch(4, identity_of(7))),
              session_insert::stale_epoch);
    EXPECT_TRUE(find(1, limits));
    EXPECT_EQ(adopt(3, in_epoch(6, identity_of(7))), session_insert::done);
    EXPECT_FALSE(find(1, limits));
    EXPECT_TRUE(find(3, limits));
}

TEST_F(session_table_cache, lets_go_what_was_used_longest_ago)
{
    resize(4);
    for (std::uint64_t n = 1; n <= 4; ++n) {
        now += 1000;
        ASSERT_EQ(insert(n, identity_of(n), limits), session_insert::done);
    }
    now += 1000;
    ASSERT_TRUE(find(1, limits));
    EXPECT_EQ(insert(5, identity_of(5), limits), session_insert::done);
    EXPECT_FALSE(find(2, limits));
    EXPECT_EQ(adopt(6, identity_of(6), 5000), session_insert::done);
    EXPECT_FALSE(find(3, limits));
    for (const std::uint64_t n : {1, 4, 5, 6}) {
        EXPECT_TRUE(find(n, limits)) << n;
    }
}

TEST_F(session_table_cache, leaves_the_limit_of_a_user_to_the_store)
{
    session_limits two = limits;
    two.per_user = 2;
    for (std::uint64_t n = 1; n <= 3; ++n) {
        ASSERT_EQ(insert(n, identity_of(7), two), session_insert::done);
    }
    EXPECT_EQ(table.live_sessions(), 3u);
}

TEST_F(session_table_cache, a_look_up_does_not_undo_an_ending)
{
    const std::vector<std::function<void()>> endings = {
        [&] { table.remove(digest_of(1)); },
        [&] { table.remove_user(identity_of(7).user_id()); },
        [&] { table.raise_epoch(identity_of(7).user_id(), 3); },
        [&] { table.keep_ended(digest_of(1)); },
    };
    for (std::size_t n = 0; n < endings.size(); ++n) {
        const std::uint64_t before = table.endings();
        endings[n]();
        EXPECT_EQ(adopt(1, identity_of(7), 0, before),
                  session_insert::ended_meanwhile)
            << n;
        EXPECT_FALSE(find(1, limits)) << n;
    }
    table.forget_ended(digest_of(1));
    EXPECT_EQ(adopt(1, identity_of(7)), session_insert::done);
}

TEST_F(session_table_cache, a_check_that_ends_sessions_counts_as_well)
{
    insert(1, in_epoch(1, identity_of(7)), limits);
    const std::uint64_t before = table.endings();
    table.update_user(in_epoch(1, identity_of(7)), in_epoch(2, identity_of(7)));
    EXPECT_EQ(adopt(1, in_epoch(2, identity_of(7)), 0, before),
              session_insert::ended_meanwhile);
}

class session_table_checks : public session_table_cache
{
protected:
    bool find_due(std::uint64_t number)
    {
        EXPECT_TRUE(find(number, checked_));
        return found.check_due;
    }

    std::vector<session_digest> due(std::uint64_t user, std::size_t limit = 16)
    {
        std::vector<session_digest> copied(limit);
        copied.resize(table.copy_due(identity_of(user).user_id(), checked_, now,
                                     copied.data(), limit));
        return copied;
    }

    static constexpr session_limits checked_ = [] {
        session_limits often = limits;
        often.check_ms = 30'000;
        return often;
    }();
};

TEST_F(session_table_checks, each_session_in_use_has_its_turn)
{
    insert(1, identity_of(7), checked_);
    now += 29'999;
    EXPECT_FALSE(find_due(1));
    insert(2, identity_of(7), checked_); // for which the user was read
    now += 1;
    EXPECT_TRUE(find_due(1));
    EXPECT_FALSE(find_due(1));
    EXPECT_FALSE(find_due(2));
    now += 29'999;
    EXPECT_TRUE(find_due(2));
    EXPECT_FALSE(find_due(2));
    session_limits never = checked_;
    never.check_ms = 0;
    now += 1'000'000;
    EXPECT_TRUE(find(1, never));
    EXPECT_FALSE(found.check_due);
}

TEST_F(session_table_checks, the_users_other_sessions_come_along)
{
    for (std::uint64_t n = 1; n <= 5; ++n) {
        insert(n, identity_of(7), checked_);
    }
    insert(6, identity_of(8), checked_);
    EXPECT_TRUE(due(7).empty());
    now += 30'000;
    EXPECT_TRUE(find_due(2));
    EXPECT_EQ(due(7, 3), (std::vector<session_digest>{
                             digest_of(5), digest_of(4), digest_of(3)}));
    EXPECT_EQ(due(7), std::vector<session_digest>{digest_of(1)});
    EXPECT_TRUE(due(7).empty());
    for (std::uint64_t n = 1; n <= 5; ++n) {
        EXPECT_FALSE(find_due(n)) << n;
    }
    EXPECT_TRUE(find_due(6));
    EXPECT_TRUE(due(9).empty());
}

TEST_F(session_table_checks, what_was_not_checked_is_due_again_in_a_second)
{
    for (const std::uint64_t check_ms : {30'000, 300}) {
        SCOPED_TRACE(check_ms);
        session_limits often = checked_;
        often.check_ms = check_ms;
        const std::uint64_t again_ms = std::min<std::uint64_t>(check_ms, 1000);
        const auto is_due = [&] {
            EXPECT_TRUE(find(1, often));
            return found.check_due;
        };
        table.clear();
        insert(1, identity_of(7), often);
        insert(2, identity_of(7), often);
        now += 30'000;
        EXPECT_TRUE(is_due());
        EXPECT_EQ(due(7), std::vector<session_digest>{digest_of(2)});
        const session_digest both[] = {digest_of(1), digest_of(2)};
        table.forget_check(identity_of(7).user_id(), both, 2, often, now);
        EXPECT_FALSE(is_due());
        now += again_ms - 1;
        EXPECT_FALSE(is_due());
        now += 1;
        EXPECT_TRUE(is_due());
        const session_digest none[] = {digest_of(9)};
        table.forget_check(identity_of(9).user_id(), none, 1, often, now);
    }
}

TEST_F(session_table_checks, a_check_interval_of_months_is_cut)
{
    insert(1, identity_of(7), checked_);
    session_limits for_ever = checked_;
    for_ever.idle_ms = for_ever.lifetime_ms = UINT64_MAX;
    for_ever.check_ms = UINT64_C(1) << 33;
    now += UINT64_C(1) << 30;
    EXPECT_TRUE(find(1, for_ever));
    EXPECT_TRUE(found.check_due);
}

TEST_F(session_table_checks, checked_by_a_worker_whose_time_is_a_little_ahead)
{
    insert(1, identity_of(7), checked_);
    now -= 5;
    EXPECT_TRUE(find(1, checked_));
    EXPECT_FALSE(found.check_due);
}

TEST_F(session_table_cache, endings_of_others_do_not_matter)
{
    const std::uint64_t before = table.endings();
    for (std::uint64_t n = 0; n < 255; ++n) {
        table.remove(digest_of(100 + n));
    }
    table.remove_user(identity_of(8).user_id());
    EXPECT_EQ(adopt(1, identity_of(7), 0, before), session_insert::done);
}

TEST_F(session_table_cache, too_many_endings_count_as_this_one)
{
    const std::uint64_t before = table.endings();
    for (std::uint64_t n = 0; n < 257; ++n) {
        table.remove(digest_of(100 + n));
    }
    EXPECT_EQ(adopt(1, identity_of(7), 0, before),
              session_insert::ended_meanwhile);
}

TEST_F(session_table_cache, keeps_what_the_store_was_not_told)
{
    resize(48); // room for four
    for (std::uint64_t n = 1; n <= 4; ++n) {
        EXPECT_TRUE(table.keep_ended(digest_of(n)));
        EXPECT_TRUE(table.keep_ended(digest_of(n))); // is there already
    }
    EXPECT_FALSE(table.keep_ended(digest_of(5)));
    EXPECT_EQ(table.ended_count(), 4u);
    EXPECT_FALSE(table.is_kept_ended(digest_of(5)));

    table.forget_ended(digest_of(2));
    table.forget_ended(digest_of(2));
    EXPECT_FALSE(table.is_kept_ended(digest_of(2)));
    EXPECT_TRUE(table.keep_ended(digest_of(5)));

    std::array<session_digest, 8> kept;
    ASSERT_EQ(table.copy_ended(kept.data(), kept.size()), 4u);
    for (const std::uint64_t n : {1, 3, 4, 5}) {
        EXPECT_EQ(std::count(kept.begin(), kept.begin() + 4, digest_of(n)), 1)
            << n;
    }
    EXPECT_EQ(table.copy_ended(kept.data(), 3), 3u);
}

/// Whatever was kept and forgotten before, and in whatever order.
TEST_F(session_table_cache, finds_each_that_is_kept_among_many)
{
    resize(16 * 15); // room for 16
    std::set<std::uint64_t> kept;
    std::mt19937 random(7); // NOLINT(cert-msc51-cpp): the same each time
    for (int turn = 0; turn < 2000; ++turn) {
        const std::uint64_t n = random() % 20;
        if (random() % 2 == 0) {
            EXPECT_EQ(table.keep_ended(digest_of(n)),
                      kept.size() < 16 || kept.count(n) != 0);
            if (kept.size() < 16) {
                kept.insert(n);
            }
        } else {
            table.forget_ended(digest_of(n));
            kept.erase(n);
        }
        ASSERT_EQ(table.ended_count(), kept.size());
        const std::uint64_t other = random() % 20;
        ASSERT_EQ(table.is_kept_ended(digest_of(other)),
                  kept.count(other) != 0);
    }
    for (std::uint64_t n = 0; n < 20; ++n) {
        table.forget_ended(digest_of(n));
    }
    EXPECT_EQ(table.ended_count(), 0u);
}

/// While the store is away each request with an unknown token asks.
TEST_F(session_table_cache, a_look_at_those_kept_costs_the_same_in_large_tables)
{
    const test::shared_memory nothing(4096);
    std::vector<std::size_t> steps;
    for (const std::uint32_t capacity : {16 * 7, 16 * 63}) {
        resize(capacity);
        table.keep_ended(digest_of(1));
        const auto look = [&] { table.is_kept_ended(digest_of(3)); };
        steps.push_back(test::step_by_step(nothing, look, [] {}).instructions);
    }
    EXPECT_GT(steps[0], 0u);
    EXPECT_LT(steps[1], 2 * steps[0]);
}

TEST_F(session_table_cache, tells_the_last_uses)
{
    constexpr std::uint64_t interval = 60'000;
    for (std::uint64_t n = 1; n <= 4; ++n) {
        insert(n, identity_of(n), limits);
    }
    std::array<session_table::use, 4> uses;
    bool are_all = true;
    const auto copy = [&](std::uint64_t after, std::size_t limit) {
        const auto copied =
            table.copy_uses(after, interval, uses.data(), limit);
        are_all = copied.are_all;
        return copied.count;
    };
    const auto tell = [&](std::size_t i) { table.note_told(uses.at(i)); };
    EXPECT_EQ(copy(0, 4), 0u); // the store knows when they came

    now += interval;
    ASSERT_TRUE(find(3, limits));
    now += 1000;
    ASSERT_TRUE(find(1, limits));
    EXPECT_EQ(copy(now, 4), 0u);
    ASSERT_EQ(copy(now - 1000, 4), 1u);
    EXPECT_EQ(uses[0].digest, digest_of(1));
    EXPECT_EQ(uses[0].last_seen, now);
    ASSERT_EQ(copy(0, 4), 2u); // the store does not know it yet
    EXPECT_EQ(uses[0].digest, digest_of(1));
    EXPECT_EQ(uses[1].digest, digest_of(3));
    EXPECT_EQ(uses[1].last_seen, now - 1000);
    tell(0);
    ASSERT_EQ(copy(0, 4), 1u);
    EXPECT_TRUE(are_all);
    EXPECT_EQ(uses[0].digest, digest_of(3));
    tell(0);
    EXPECT_EQ(copy(0, 4), 0u);
    table.note_told({digest_of(9), now}); // which has ended

    now += interval - 1;
    ASSERT_TRUE(find(1, limits));
    EXPECT_EQ(copy(0, 4), 0u); // too soon
    now += 1000;
    ASSERT_TRUE(find(1, limits));
    ASSERT_TRUE(find(2, limits));
    EXPECT_EQ(copy(0, 1), 1u);
    EXPECT_FALSE(are_all);
    EXPECT_EQ(uses[0].digest, digest_of(2));
    tell(0);
    EXPECT_EQ(copy(0, 4), 1u);
    EXPECT_TRUE(are_all);
    EXPECT_EQ(uses[0].digest, digest_of(1));
}

TEST_F(session_table_cache, tells_of_the_use_that_brought_a_session)
{
    std::array<session_table::use, 4> uses;
    for (const std::uint64_t unused : {59'999, 60'000}) {
        table.adopt({digest_of(unused), true, 600'000, table.endings(), unused},
                    identity_of(7), limits, now);
    }
    ASSERT_EQ(table.copy_uses(0, 60'000, uses.data(), 4).count, 1u);
    EXPECT_EQ(uses[0].digest, digest_of(60'000));
    EXPECT_EQ(uses[0].last_seen, now);
}

TEST_F(session_table_cache, remembered_sessions_live_longer)
{
    session_limits longer = limits;
    longer.remember_ms = 10 * limits.lifetime_ms;
    session_identity who = identity_of(7);
    insert(1, who, longer);
    who.remembered = true;
    insert(2, who, longer);
    now += limits.idle_ms;
    EXPECT_FALSE(find(1, longer));
    ASSERT_TRUE(find(2, longer));
    EXPECT_TRUE(found.remembered);
    now += longer.remember_ms - limits.idle_ms - 1;
    EXPECT_TRUE(find(2, longer));
    now += 1;
    EXPECT_FALSE(find(2, longer));

    // Turned off by a reload.
    insert(3, who, longer);
    now += limits.idle_ms;
    EXPECT_FALSE(find(3, limits));
}

TEST_F(session_table_cache, forgets_all)
{
    for (std::uint64_t n = 1; n <= 4; ++n) {
        insert(n, identity_of(n % 2), limits);
    }
    table.keep_ended(digest_of(9));
    table.clear();
    EXPECT_EQ(table.live_sessions(), 0u);
    EXPECT_FALSE(find(1, limits));
    EXPECT_TRUE(table.is_kept_ended(digest_of(9)));
    EXPECT_EQ(adopt(1, identity_of(7)), session_insert::done);
    EXPECT_TRUE(find(1, limits));
}

} // namespace
} // namespace auth
