// The epoch of a user, in every store.

#include "store/admin_store.h"
#include "test_store.h"

#include <gtest/gtest.h>

using namespace auth_test;
using auth::stored_user;
using code = auth::store_answer::code;

namespace {

class user_epoch_test : public testing::TestWithParam<const char*>
{
protected:
    void SetUp() override
    {
        users_ = make_test_store(GetParam());
        store_ = users_->open();
        ASSERT_TRUE(store_->insert(new_user("ann", "$old")).has_value());
    }

    stored_user ann()
    {
        stored_user found;
        EXPECT_TRUE(take(store_->find({"ann"}), found).done());
        return found;
    }

    auth::admin_store& admin()
    {
        return dynamic_cast<auth::admin_store&>(*store_);
    }

    std::unique_ptr<test_store> users_;
    std::unique_ptr<auth::user_store> store_;
};

} // namespace

TEST_P(user_epoch_test, is_0_until_it_is_raised)
{
    EXPECT_EQ(ann().epoch, 0);
    EXPECT_TRUE(store_->raise_epoch(ann()).has_value());
    EXPECT_EQ(ann().epoch, 1);
    EXPECT_TRUE(store_->raise_epoch(ann()).has_value());
    EXPECT_EQ(ann().epoch, 2);
    EXPECT_EQ(ann().password.view(), "$old");
}

TEST_P(user_epoch_test, is_raised_from_what_was_read)
{
    const stored_user before = ann();
    EXPECT_TRUE(store_->raise_epoch(before).has_value());
    EXPECT_EQ(store_answer(store_->raise_epoch(before)).status, code::changed);
    EXPECT_EQ(ann().epoch, 1);
    stored_user nobody = ann();
    nobody.id = auth::new_user_id();
    EXPECT_EQ(store_answer(store_->raise_epoch(nobody)).status, code::changed);
}

TEST_P(user_epoch_test, another_password_raises_it_and_another_hash_does_not)
{
    EXPECT_TRUE(replace_password(*store_, ann(), "$rehash").done());
    EXPECT_EQ(ann().epoch, 0);
    EXPECT_TRUE(change_password(*store_, ann(), "$new").done());
    EXPECT_EQ(ann().epoch, 1);
    EXPECT_TRUE(replace_password(*store_, ann(), "$rehash").done());
    EXPECT_EQ(ann().epoch, 1);
    EXPECT_TRUE(change_password(*store_, ann(), "$newer").done());
    EXPECT_EQ(ann().epoch, 2);
    EXPECT_EQ(ann().password.view(), "$newer");
}

TEST_P(user_epoch_test, a_password_is_replaced_in_the_epoch_that_was_read)
{
    const stored_user before = ann();
    EXPECT_TRUE(store_->raise_epoch(before).has_value());
    EXPECT_EQ(replace_password(*store_, before, "$new").status, code::changed);
    EXPECT_EQ(change_password(*store_, before, "$new").status, code::changed);
    EXPECT_EQ(ann().password.view(), "$old");
    EXPECT_EQ(ann().epoch, 1);
}

TEST_P(user_epoch_test, operators_raise_it_by_what_ends_sessions)
{
    const std::string id = ann().id;
    auth::user_changes password;
    password.password = auth::secret("$new");
    EXPECT_TRUE(admin().change_user(id, password).has_value());
    EXPECT_EQ(ann().epoch, 1);
    auth::user_changes disabled;
    disabled.disabled = true;
    EXPECT_TRUE(admin().change_user(id, disabled).has_value());
    EXPECT_EQ(ann().epoch, 2);
    auth::user_changes others;
    others.disabled = false;
    others.roles = {"staff"};
    EXPECT_TRUE(admin().change_user(id, others).has_value());
    EXPECT_EQ(ann().epoch, 2);
    auth::user_changes log_out;
    log_out.end_sessions = true;
    EXPECT_TRUE(admin().change_user(id, log_out).has_value());
    EXPECT_EQ(ann().epoch, 3);
    EXPECT_TRUE(store_->raise_epoch(ann()).has_value());
    EXPECT_EQ(ann().epoch, 4);
}

INSTANTIATE_TEST_SUITE_P(each, user_epoch_test,
                         testing::ValuesIn(test_stores()),
                         [](const auto& info) {
                             return std::string(info.param);
                         });
