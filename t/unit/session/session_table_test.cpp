#include "session_table_fixture.h"

#include "base/random_bytes.h"

#include <cstring>
#include <string>
#include <vector>

namespace auth {
namespace {

using test::digest_of;
using test::id_of;
using test::identity_of;
using test::session_table_test;

constexpr session_limits limits = test::usual_limits;

TEST_F(session_table_test, finds_what_was_inserted)
{
    EXPECT_FALSE(find(1));
    EXPECT_EQ(insert(1, identity_of(7, "ann", "admin,reader")),
              session_insert::done);
    ASSERT_TRUE(find(1));
    EXPECT_EQ(found.user_id(), id_of(7));
    EXPECT_EQ(found.name(), "ann");
    EXPECT_EQ(found.roles(), "admin,reader");
    EXPECT_FALSE(find(2));
    EXPECT_EQ(table.live_sessions(), 1u);
    EXPECT_EQ(test::users_in(memory_.data()), 1u);

    EXPECT_TRUE(table.remove(digest_of(1)));
    EXPECT_FALSE(table.remove(digest_of(1)));
    EXPECT_FALSE(find(1));
    EXPECT_EQ(table.live_sessions(), 0u);
    EXPECT_EQ(test::users_in(memory_.data()), 0u);
}

TEST_F(session_table_test, remove_says_whose_it_was)
{
    insert(1, identity_of(7, "ann", "admin"));
    session_identity who;
    EXPECT_TRUE(table.remove(digest_of(1), &who));
    EXPECT_EQ(who.user_id(), id_of(7));
    EXPECT_EQ(who.name(), "ann");
    EXPECT_EQ(who.roles(), "admin");
}

TEST_F(session_table_test, another_view_of_the_memory_is_the_same_table)
{
    insert(1, 7);
    table = session_table::attach(memory_.data());
    EXPECT_TRUE(find(1));
    EXPECT_EQ(table.capacity(), 16u);
}

TEST_F(session_table_test, keeps_its_key)
{
    token_key key;
    ASSERT_TRUE(fill_random(key.data(), key.size()));
    table.set_key(key);
    insert(1, 7);
    EXPECT_EQ(session_table::attach(memory_.data()).key(), key);
    EXPECT_TRUE(find(1));
}

TEST_F(session_table_test, only_used_bytes_are_copied)
{
    insert(1, identity_of(7, "ann", "r"));
    std::memset(&found, 'x', sizeof found);
    ASSERT_TRUE(find(1));
    EXPECT_EQ(found.name_bytes[3], 'x');
    EXPECT_EQ(found.roles_bytes[1], 'x');
}

TEST_F(session_table_test, longest_and_shortest_identity)
{
    const std::string name(session_identity::max_name, 'n');
    const std::string roles(session_identity::max_roles, 'r');
    EXPECT_EQ(insert(1, identity_of(1, name, roles)), session_insert::done);
    ASSERT_TRUE(find(1));
    EXPECT_EQ(found.name(), name);
    EXPECT_EQ(found.roles(), roles);
    EXPECT_EQ(insert(2, identity_of(2, "", "")), session_insert::done);
    ASSERT_TRUE(find(2));
    EXPECT_EQ(found.name(), "");
    EXPECT_EQ(found.roles(), "");
}

TEST_F(session_table_test, ids_of_every_length)
{
    for (std::uint8_t size = 0; size <= session_identity::max_id; ++size) {
        session_identity who = identity_of(1, "ann", "reader");
        who.id_size = size;
        std::memset(who.id_bytes, 'i', size);
        resize(2);
        ASSERT_EQ(insert(1, who), session_insert::done);
        insert(2, 8);
        ASSERT_TRUE(find(1));
        EXPECT_EQ(found.user_id(), std::string(size, 'i'));
        EXPECT_EQ(found.name(), "ann");
        EXPECT_EQ(found.roles(), "reader");
        EXPECT_EQ(table.remove_user(std::string(size, 'i')), 1u);
        EXPECT_TRUE(find(2));
        check();
    }
}

TEST_F(session_table_test, an_identity_too_long_changes_nothing)
{
    session_identity who = identity_of(1, "ann", "r");
    who.name_size = session_identity::max_name + 1;
    EXPECT_EQ(insert(1, who), session_insert::identity_too_long);
    who.name_size = 3;
    who.roles_size = session_identity::max_roles + 1;
    EXPECT_EQ(insert(1, who), session_insert::identity_too_long);
    who.roles_size = 1;
    who.id_size = session_identity::max_id + 1;
    EXPECT_EQ(insert(1, who), session_insert::identity_too_long);
    EXPECT_EQ(table.update_user(who, who), session_update::ignored);
    EXPECT_FALSE(find(1));
    EXPECT_EQ(table.live_sessions(), 0u);
}

TEST_F(session_table_test, a_digest_is_never_used_twice)
{
    insert(1, 7);
    EXPECT_EQ(insert(1, 8), session_insert::full);
    ASSERT_TRUE(find(1));
    EXPECT_EQ(found.user_id(), id_of(7));
}

TEST_F(session_table_test, the_other_kind_of_cookie_finds_nothing)
{
    insert(1, 7, true);
    insert(2, 7, false);
    EXPECT_TRUE(find(1, limits, true));
    EXPECT_FALSE(find(1, limits, false));
    EXPECT_TRUE(find(2, limits, false));
    EXPECT_FALSE(find(2, limits, true));
    EXPECT_TRUE(find(1, limits, true)); // and ends nothing
}

TEST_F(session_table_test, all_sessions_of_a_user_end_at_once)
{
    for (std::uint64_t number = 0; number < 9; ++number) {
        insert(number, number % 3);
    }
    EXPECT_EQ(table.remove_user(id_of(1)), 3u);
    EXPECT_EQ(table.remove_user(id_of(1)), 0u);
    EXPECT_EQ(table.remove_user(id_of(99)), 0u);
    EXPECT_FALSE(find(1) || find(4) || find(7));
    EXPECT_TRUE(find(0) && find(2) && find(3));
    EXPECT_EQ(test::users_in(memory_.data()), 2u);
}

TEST_F(session_table_test, the_newest_name_and_roles_are_the_users)
{
    insert(1, identity_of(7, "ann", "admin"));
    insert(2, identity_of(8, "bob", "reader"));
    insert(3, identity_of(7, "ann", "reader"));
    ASSERT_TRUE(find(1));
    EXPECT_EQ(found.roles(), "reader");
    insert(4, identity_of(7, "anna", "reader,writer"));
    for (const std::uint64_t number : {1, 3, 4}) {
        ASSERT_TRUE(find(number));
        EXPECT_EQ(found.user_id(), id_of(7));
        EXPECT_EQ(found.name(), "anna");
        EXPECT_EQ(found.roles(), "reader,writer");
    }
    EXPECT_EQ(table.update_user(identity_of(7, "anna", ""),
                                identity_of(7, "anna", "")),
              session_update::done);
    ASSERT_TRUE(find(3));
    EXPECT_EQ(found.roles(), "");
    EXPECT_EQ(table.update_user(identity_of(9), identity_of(9)),
              session_update::ignored);
    ASSERT_TRUE(find(2));
    EXPECT_EQ(found.name(), "bob");
    EXPECT_EQ(test::users_in(memory_.data()), 2u);
}

TEST_F(session_table_test, records_are_used_again)
{
    for (std::uint64_t number = 0; number < 10'000; ++number) {
        ASSERT_EQ(insert(number, number % 5), session_insert::done);
        if (number >= 8) {
            ASSERT_TRUE(table.remove(digest_of(number - 8)));
        }
    }
    EXPECT_EQ(table.live_sessions(), 8u);
}

TEST_F(session_table_test, one_session_is_a_table)
{
    resize(1);
    EXPECT_EQ(insert(1, 1), session_insert::done);
    EXPECT_EQ(insert(2, 2), session_insert::full);
    EXPECT_EQ(
        table.update_user(identity_of(1, "other"), identity_of(1, "other")),
        session_update::done);
    EXPECT_TRUE(table.remove(digest_of(1)));
    EXPECT_EQ(insert(2, 2), session_insert::done);
}

// Fills every capacity to the last record of exactly its memory, between
// pages that may not be touched.
// nginx -t maps the memory too: laying it out must not fill it.

} // namespace
} // namespace auth
