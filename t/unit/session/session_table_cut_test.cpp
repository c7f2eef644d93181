// A process is killed at every instruction of every change. Whatever it
// leaves, the next holder of the lock has a sound table, in which the sessions
// that were not touched are as before and the others whole or absent.

#include "session/session_table.h"
#include "session/session_table_layout.h"
#include "session_table_checker.h"

#include "../cut_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>

namespace auth {
namespace {

using test::digest_of;
using test::id_of;
using test::identity_of;
using test::in_epoch;
using test::sessions_in;
using test::sessions_seen;

constexpr session_limits limits{30 * 60'000, 12 * 3'600'000, 4};
constexpr std::uint64_t start = 1'000'000;
constexpr std::uint64_t later = start + 5'000;

session_insert insert(session_table& table, std::uint64_t number,
                      const session_identity& who, std::uint64_t now)
{
    return table.insert(digest_of(number), who, true, limits, now);
}

// Twelve sessions: four of user 1, three of 2, one each of 3 to 7.
void fill(session_table& table)
{
    const int owners[] = {1, 3, 2, 1, 4, 1, 2, 5, 1, 2, 6, 7};
    std::uint64_t number = 0;
    for (const int owner : owners) {
        ASSERT_EQ(insert(table, number, identity_of(owner), start + number),
                  session_insert::done);
        ++number;
    }
}

// The same session, but for a name, roles or last use that the change gives.
bool is_one_of(const test::session_seen& found,
               const test::session_seen* before,
               const test::session_seen* after)
{
    const auto matches = [&](const test::session_seen* state) {
        return state != nullptr && found.id == state->id &&
               found.name == state->name && found.roles == state->roles &&
               found.secure == state->secure &&
               found.created == state->created && found.epoch == state->epoch;
    };
    const auto seen_at = [&](const test::session_seen* state) {
        return state != nullptr && found.last_seen == state->last_seen;
    };
    return (matches(before) || matches(after)) &&
           (seen_at(before) || seen_at(after));
}

void compare(const sessions_seen& found, const sessions_seen& before,
             const sessions_seen& after)
{
    const auto in = [](const sessions_seen& where, const session_digest& what) {
        const auto it = where.find(what);
        return it == where.end() ? nullptr : &it->second;
    };
    for (const auto& [digest, session] : found) {
        ASSERT_TRUE(is_one_of(session, in(before, digest), in(after, digest)))
            << "a session that nobody made";
    }
    for (const auto& [digest, session] : before) {
        ASSERT_TRUE(after.count(digest) == 0 || found.count(digest) == 1)
            << "a session was lost";
    }
}

// What the next holder of the lock does.
void look_at(test::scratch_memory copy, const sessions_seen& before,
             const sessions_seen& after)
{
    session_table table = session_table::attach(copy.get());
    table.recover_if_needed();
    ASSERT_EQ(test::defects(copy.get(), copy.size()), "");
    compare(sessions_in(copy.get()), before, after);

    table.remove_user(id_of(2));
    table.remove_user(id_of(1));
    ASSERT_EQ(insert(table, 99, identity_of(99), later), session_insert::done);
    session_identity who;
    ASSERT_TRUE(table.find(digest_of(99), true, limits, later, who));
    ASSERT_EQ(test::defects(copy.get(), copy.size()), "");
}

class session_table_cut : public test::cut_test<session_table>
{
protected:
    session_table_cut()
        : cut_test(session_memory(), [](void* memory) {
              return session_table::format(memory, session_memory());
          })
    {}

    static std::size_t session_memory()
    {
        std::size_t size = 8;
        while (session_table::capacity_for(size) < 13) {
            size += 8;
        }
        return size;
    }

    void SetUp() override
    {
        fill(table_);
        ASSERT_EQ(table_.capacity(), 13u);
        // Records that were returned, so that both lists have some.
        insert(table_, 12, identity_of(8), start + 12);
        table_.remove(digest_of(12));
    }

    void cut_everywhere(const change& action)
    {
        const sessions_seen before = sessions_in(memory_.get());
        test::scratch_memory done = after(action);
        ASSERT_EQ(test::defects(done.get(), done.size()), "");
        const sessions_seen uncut = sessions_in(done.get());

        const test::steps steps =
            cut_test::cut_everywhere(action, [&](test::scratch_memory left) {
                look_at(left, before, uncut);
                session_table::attach(left.get()).recover_if_needed();
                EXPECT_TRUE(must_hold(sessions_in(left.get())));
            });
        EXPECT_GT(steps.instructions, 10u);
        // The child made the change in full.
        EXPECT_EQ(sessions_in(memory_.get()), uncut);
    }

    // Besides, wherever the cut was.
    std::function<bool(const sessions_seen&)> must_hold = [](const auto&) {
        return true;
    };
};

TEST_F(session_table_cut, insert_of_a_new_user)
{
    cut_everywhere([](session_table& table) {
        insert(table, 20, identity_of(20), later);
    });
}

TEST_F(session_table_cut, insert_of_a_known_user)
{
    cut_everywhere(
        [](session_table& table) { insert(table, 20, identity_of(2), later); });
}

TEST_F(session_table_cut, insert_with_a_new_name_and_roles)
{
    cut_everywhere([](session_table& table) {
        insert(table, 20, identity_of(2, "renamed user", "other,roles"), later);
    });
}

TEST_F(session_table_cut, insert_of_a_user_at_the_limit)
{
    cut_everywhere(
        [](session_table& table) { insert(table, 20, identity_of(1), later); });
}

TEST_F(session_table_cut, insert_of_a_user_at_the_limit_with_a_new_name)
{
    cut_everywhere([](session_table& table) {
        insert(table, 20, identity_of(1, "renamed"), later);
    });
}

// The table is full of users; one has to go first, and so does its name.
TEST_F(session_table_cut, insert_that_purges_a_full_table)
{
    insert(table_, 13, identity_of(13), start + 13);
    ASSERT_EQ(insert(table_, 20, identity_of(20), later), session_insert::full);
    cut_everywhere([](session_table& table) {
        insert(table, 20, identity_of(20), start + limits.idle_ms + 3);
    });
}

TEST_F(session_table_cut, insert_that_drops_damaged_times)
{
    cut_everywhere([](session_table& table) {
        insert(table, 20, identity_of(20), start - 11 * 60'000 + 9);
    });
}

TEST_F(session_table_cut, insert_that_fails)
{
    insert(table_, 13, identity_of(13), start + 13);
    cut_everywhere([](session_table& table) {
        insert(table, 20, identity_of(20), later);
    });
}

TEST_F(session_table_cut, find_that_touches)
{
    cut_everywhere([](session_table& table) {
        session_identity who;
        table.find(digest_of(5), true, limits, later, who);
    });
}

TEST_F(session_table_cut, find_that_ends_an_expired_session)
{
    cut_everywhere([](session_table& table) {
        session_identity who;
        table.find(digest_of(5), true, limits, start + limits.idle_ms + 5, who);
    });
}

TEST_F(session_table_cut, remove_of_one_of_many)
{
    cut_everywhere([](session_table& table) { table.remove(digest_of(5)); });
}

TEST_F(session_table_cut, remove_of_a_users_last)
{
    session_identity who;
    cut_everywhere(
        [&](session_table& table) { table.remove(digest_of(7), &who); });
}

TEST_F(session_table_cut, remove_of_a_user)
{
    cut_everywhere([](session_table& table) { table.remove_user(id_of(1)); });
}

TEST_F(session_table_cut, insert_of_a_higher_epoch)
{
    cut_everywhere([](session_table& table) {
        insert(table, 20, in_epoch(1, identity_of(1)), later);
    });
}

// As soon as one of the sessions has ended, all have.
TEST_F(session_table_cut, raise_of_an_epoch)
{
    const auto sessions_of_user = [](const sessions_seen& all) {
        return std::count_if(all.begin(), all.end(), [](const auto& seen) {
            return seen.second.id == id_of(1);
        });
    };
    must_hold = [&](const sessions_seen& found) {
        const auto left = sessions_of_user(found);
        return left == 0 || left == 4;
    };
    cut_everywhere([](session_table& table) {
        EXPECT_EQ(table.raise_epoch(id_of(1), 1), 4u);
    });
}

TEST_F(session_table_cut, adoption_in_place_of_another)
{
    insert(table_, 13, identity_of(13), start + 13);
    cut_everywhere([](session_table& table) {
        session_limits cache = limits;
        cache.is_cache = true;
        table.adopt({digest_of(20), true, 0, table.endings()}, identity_of(2),
                    cache, later);
    });
}

TEST_F(session_table_cut, ended_sessions_that_are_kept)
{
    cut_everywhere([](session_table& table) {
        table.keep_ended(digest_of(30));
        table.forget_ended(digest_of(30));
    });
}

TEST_F(session_table_cut, update_of_a_user)
{
    cut_everywhere([](session_table& table) {
        table.update_user(identity_of(1, "renamed user", "other,roles"),
                          identity_of(1, "renamed user", "other,roles"));
    });
}

TEST_F(session_table_cut, looking_for_what_has_expired)
{
    cut_everywhere([](session_table& table) {
        session_identity who;
        for (std::uint64_t number = 0; number < 5; ++number) {
            table.find(digest_of(number), true, limits,
                       start + limits.idle_ms + 4, who);
        }
    });
}

// The rebuilder may be killed as well. What it starts from here is the worst
// there is: a user in two records.
TEST_F(session_table_cut, rebuild_itself)
{
    test::scratch_memory halfway = copy();
    const sessions_seen before = sessions_in(memory_.get());
    const auto is_halfway = [&] {
        auto& header = *static_cast<session_layout::header*>(memory_.get());
        const auto* const users = session_layout::user_records_of(header);
        int live = 0;
        for (std::uint32_t i = 0; i < header.users_used; ++i) {
            live += users[i].state == session_layout::live_user;
        }
        return live == 8; // of seven
    };
    int moment = 0;
    test::step_by_step(
        memory_,
        [&] {
            table_.update_user(identity_of(1, "renamed", "other"),
                               identity_of(1, "renamed", "other"));
        },
        [&] {
            if (is_halfway() && moment++ < 6) {
                halfway = copy();
            }
        });
    ASSERT_EQ(moment > 0, true);

    std::memcpy(memory_.get(), halfway.get(), memory_.size());
    const sessions_seen after = [&] {
        test::scratch_memory rebuilt = copy();
        session_table::attach(rebuilt.get()).recover_if_needed();
        return sessions_in(rebuilt.get());
    }();
    ASSERT_EQ(after.size(), before.size());
    cut_test::cut_everywhere(
        [](session_table& table) { table.recover_if_needed(); },
        [&](test::scratch_memory left) { look_at(left, before, after); });
    EXPECT_EQ(sessions_in(memory_.get()), after);
}

} // namespace
} // namespace auth
