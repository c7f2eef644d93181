// What is done to a user ends the user's sessions, whatever is behind the
// store.

#include "session_test_store.h"

#include <gtest/gtest.h>

using namespace auth_test;
using auth::revocation;
using auth::stored_session;
using auth::stored_user;
using auth::user_changes;
using code = auth::store_answer::code;

namespace {

class session_ending_test : public testing::TestWithParam<const char*>
{
protected:
    void SetUp() override
    {
        place_ = make_session_test_store(GetParam());
        store_ = place_->open();
        ASSERT_TRUE(store_.users->insert(new_user("ann")).has_value());
        ASSERT_TRUE(store_.users->insert(new_user("bob")).has_value());
        ann_ = find("ann");
        log_in(1, ann_);
        log_in(2, find("bob"));
    }

    stored_user find(const std::string& name)
    {
        stored_user found;
        EXPECT_TRUE(take(store_.users->find({name}), found).done());
        return found;
    }
    void log_in(int n, const stored_user& user)
    {
        stored_session session = new_session(*store_.sessions, n, user.id);
        session.epoch = user.epoch;
        EXPECT_TRUE(store_.sessions->insert(session).has_value());
    }
    bool is_alive(int n)
    {
        return store_.sessions->find(digest_of(n)).has_value();
    }
    /// Only ann's session has ended, and sessions of this epoch live on.
    void expect_ended(std::int64_t epoch)
    {
        EXPECT_FALSE(is_alive(1));
        EXPECT_TRUE(is_alive(2));
        const auto ended =
            place_->open().sessions->poll(auth::revocation_life_ms);
        ASSERT_TRUE(ended.has_value());
        ASSERT_EQ(ended->size(), 1u);
        EXPECT_EQ(ended->front().user_id, ann_.id);
        EXPECT_EQ(ended->front().epoch, epoch);
        EXPECT_FALSE(ended->front().session);
    }
    void expect_alive()
    {
        EXPECT_TRUE(is_alive(1));
        EXPECT_TRUE(store_.sessions->poll(auth::revocation_life_ms)->empty());
    }

    std::unique_ptr<session_test_store> place_;
    auth::opened_store store_;
    stored_user ann_;
};

} // namespace

TEST_P(session_ending_test, another_password_ends_them)
{
    EXPECT_TRUE(
        has(change_password(*store_.users, ann_, "$new"), code::done, ""));
    expect_ended(1);
    log_in(3, find("ann"));
    EXPECT_TRUE(is_alive(3));
}

TEST_P(session_ending_test, another_hash_of_the_same_does_not)
{
    EXPECT_TRUE(replace_password(*store_.users, ann_, "$rehash").done());
    expect_alive();
}

TEST_P(session_ending_test, raised_epoch_ends_them)
{
    EXPECT_TRUE(has(store_.users->raise_epoch(ann_), code::done, ""));
    expect_ended(1);
}

TEST_P(session_ending_test, write_that_fails_ends_nothing)
{
    stored_user other = find("ann");
    other.epoch = 5;
    EXPECT_EQ(store_answer(store_.users->raise_epoch(other)).status,
              code::changed);
    EXPECT_EQ(change_password(*store_.users, other, "$new").status,
              code::changed);
    EXPECT_EQ(
        store_answer(store_.users->remove_user(auth::new_user_id())).status,
        code::absent);
    user_changes disable;
    disable.disabled = true;
    EXPECT_EQ(
        store_answer(store_.users->change_user(auth::new_user_id(), disable))
            .status,
        code::absent);
    expect_alive();
}

TEST_P(session_ending_test, disabling_ends_them)
{
    user_changes disable;
    disable.disabled = true;
    EXPECT_TRUE(
        has(store_.users->change_user(ann_.id, disable), code::done, ""));
    expect_ended(1);
}

TEST_P(session_ending_test, operators_password_ends_them)
{
    EXPECT_TRUE(store_.users->raise_epoch(find("bob")).has_value());
    EXPECT_FALSE(is_alive(2));
    log_in(4, find("bob"));
    user_changes password;
    password.password = auth::secret("$new");
    EXPECT_TRUE(has(store_.users->change_user(find("bob").id, password),
                    code::done, ""));
    EXPECT_FALSE(is_alive(4));
    EXPECT_TRUE(is_alive(1));
    EXPECT_EQ(store_.sessions->poll(auth::revocation_life_ms)->back().epoch, 2);
}

TEST_P(session_ending_test, operators_logout_ends_them)
{
    user_changes log_out;
    log_out.end_sessions = true;
    EXPECT_TRUE(
        has(store_.users->change_user(ann_.id, log_out), code::done, ""));
    expect_ended(1);
}

TEST_P(session_ending_test, other_changes_do_not)
{
    user_changes changes;
    changes.disabled = false;
    changes.roles = {"staff"};
    EXPECT_TRUE(store_.users->change_user(ann_.id, changes).has_value());
    expect_alive();
}

TEST_P(session_ending_test, removed_user_has_none)
{
    EXPECT_TRUE(has(store_.users->remove_user(ann_.id), code::done, ""));
    expect_ended(1);
    EXPECT_EQ(store_answer(store_.users->find_by_id(ann_.id)).status,
              code::absent);
}

TEST_P(session_ending_test, epoch_that_is_no_number_ends_them_all)
{
    stored_user later = find("bob");
    later.id = ann_.id;
    later.epoch = 7;
    log_in(3, later);
    const bool is_sqlite = std::string(GetParam()) == "sqlite";
    place_->set("users", is_sqlite ? "epoch" : "ngx_auth", "'x'",
                R"({"epoch": "x"})");
    EXPECT_TRUE(has(store_.users->remove_user(ann_.id), code::done, ""));
    EXPECT_FALSE(is_alive(3));
    EXPECT_FALSE(is_alive(1));
}

INSTANTIATE_TEST_SUITE_P(stores, session_ending_test,
                         testing::ValuesIn(test_stores()),
                         [](const auto& test) {
                             return std::string(test.param);
                         });
