// What ends sessions besides time: an epoch that was raised, a password that
// was changed; and when a user has to be compared with the store.

#include "session_table_fixture.h"

namespace auth {
namespace {

using test::id_of;
using test::identity_of;
using test::in_epoch;
using test::session_table_test;

session_identity known_by(std::uint64_t user, std::uint64_t password)
{
    session_identity who = identity_of(user);
    who.password = password;
    return who;
}

TEST_F(session_table_test, a_login_after_a_password_change_ends_the_others)
{
    insert(1, known_by(7, 100));
    insert(2, known_by(7, 100));
    insert(3, known_by(8, 100));
    EXPECT_TRUE(find(1));
    insert(4, known_by(7, 200));
    EXPECT_FALSE(find(1));
    EXPECT_FALSE(find(2));
    EXPECT_TRUE(find(3));
    EXPECT_TRUE(find(4));
    EXPECT_EQ(found.password, 200u);
}

TEST_F(session_table_test, a_check_that_finds_a_change_ends_all)
{
    const session_identity seen = known_by(7, 100);
    insert(1, seen);
    insert(2, seen);
    EXPECT_EQ(table.update_user(seen, seen), session_update::done);
    EXPECT_TRUE(find(1));
    EXPECT_EQ(table.update_user(seen, known_by(7, 200)), session_update::ended);
    EXPECT_FALSE(find(1));
    EXPECT_FALSE(find(2));
    EXPECT_EQ(test::users_in(memory_.data()), 0u);
}

TEST_F(session_table_test, an_answer_older_than_a_login_ends_nothing)
{
    const session_identity seen = known_by(7, 100);
    insert(1, seen);
    insert(2, known_by(7, 200)); // a login with the new password
    EXPECT_EQ(table.update_user(seen, seen), session_update::ignored);
    EXPECT_EQ(table.update_user(seen, known_by(7, 200)),
              session_update::ignored);
    EXPECT_TRUE(find(2));
    EXPECT_EQ(table.update_user(known_by(8, 1), known_by(8, 1)),
              session_update::ignored);
}

TEST_F(session_table_test, a_higher_epoch_ends_what_is_lower)
{
    insert(1, in_epoch(3, known_by(7, 100)));
    insert(2, in_epoch(3, known_by(7, 100)));
    insert(3, in_epoch(1, known_by(8, 100)));
    insert(4, in_epoch(4, known_by(7, 200)));
    EXPECT_FALSE(find(1) || find(2));
    EXPECT_TRUE(find(3));
    EXPECT_EQ(found.epoch, 1);
    EXPECT_TRUE(find(4));
    EXPECT_EQ(found.epoch, 4);

    EXPECT_EQ(table.raise_epoch(id_of(7), 4), 0u);
    EXPECT_EQ(table.raise_epoch(id_of(7), 2), 0u);
    EXPECT_EQ(table.raise_epoch(id_of(99), 2), 0u);
    EXPECT_TRUE(find(4));
    insert(5, in_epoch(4, known_by(7, 200)));
    EXPECT_EQ(table.raise_epoch(id_of(7), 5), 2u);
    EXPECT_FALSE(find(4) || find(5));
    EXPECT_TRUE(find(3));
}

/// Whatever it knew: a password that was right, roles of then.
TEST_F(session_table_test, a_lower_epoch_displaces_nothing)
{
    const session_identity now_known = in_epoch(1, known_by(7, 200));
    const session_identity old = in_epoch(0, known_by(7, 100));
    insert(1, now_known);
    EXPECT_EQ(insert(2, old), session_insert::stale_epoch);
    EXPECT_FALSE(find(2));
    EXPECT_EQ(table.update_user(old, old), session_update::ignored);
    EXPECT_EQ(table.update_user(now_known, old), session_update::ignored);
    EXPECT_TRUE(find(1));
    EXPECT_EQ(found.password, 200u);
}

TEST_F(session_table_test, a_check_that_finds_a_higher_epoch_ends_all)
{
    const session_identity seen = known_by(7, 100); // logged out elsewhere
    insert(1, seen);
    insert(2, seen);
    EXPECT_EQ(table.update_user(seen, in_epoch(1, seen)),
              session_update::ended);
    EXPECT_FALSE(find(1) || find(2));
    EXPECT_EQ(test::users_in(memory_.data()), 0u);
}

TEST_F(session_table_test, a_check_is_asked_for_once_in_its_time)
{
    session_limits limits = test::usual_limits;
    limits.check_ms = 30'000;
    insert(1, known_by(7, 100), limits);
    insert(2, known_by(7, 100), limits);
    now += 29'999;
    EXPECT_TRUE(find(1, limits));
    EXPECT_FALSE(found.check_due);
    now += 1;
    EXPECT_TRUE(find(1, limits));
    EXPECT_TRUE(found.check_due);
    EXPECT_TRUE(find(2, limits)); // the same user
    EXPECT_FALSE(found.check_due);
    now += 30'000;
    EXPECT_TRUE(find(2, limits));
    EXPECT_TRUE(found.check_due);
}

TEST_F(session_table_test, a_check_is_never_asked_for_without_a_time)
{
    insert(1, known_by(7, 100));
    now += 60'000;
    EXPECT_TRUE(find(1));
    EXPECT_FALSE(found.check_due);
}

TEST_F(session_table_test, new_roles_keep_the_time_of_the_check)
{
    session_limits limits = test::usual_limits;
    limits.check_ms = 30'000;
    insert(1, known_by(7, 100), limits);
    now += 20'000;
    session_identity who = identity_of(7, "user7", "admin");
    who.password = 100;
    EXPECT_EQ(table.update_user(known_by(7, 100), who), session_update::done);
    now += 15'000;
    EXPECT_TRUE(find(1, limits));
    EXPECT_EQ(found.roles(), "admin");
    EXPECT_TRUE(found.check_due);
}

} // namespace
} // namespace auth
