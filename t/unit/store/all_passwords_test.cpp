// Reading all stored passwords, whatever is behind the store.

#include "test_store.h"

#include <gtest/gtest.h>

#include <set>

using namespace auth_test;

namespace {

class all_passwords_test : public testing::TestWithParam<const char*>
{
protected:
    void SetUp() override
    {
        users_ = make_test_store(GetParam());
        store_ = users_->open();
    }

    void add(const std::string& password, raw_user::form form)
    {
        raw_user user;
        user.id = auth::new_user_id();
        user.username = "user" + std::to_string(++added_);
        user.password = password;
        user.password_form = form;
        users_->put(user);
    }

    std::multiset<std::string> passwords()
    {
        std::vector<std::string> shown;
        const auth::store_answer answer = read_passwords(*store_, shown);
        EXPECT_TRUE(answer.done()) << answer.detail;
        EXPECT_EQ(answer.detail, "");
        return {shown.begin(), shown.end()};
    }

    std::unique_ptr<test_store> users_;
    std::unique_ptr<auth::user_store> store_;
    int added_ = 0;
};

TEST_P(all_passwords_test, fresh_store_has_none)
{
    EXPECT_TRUE(passwords().empty());
    store_->prepare();
    EXPECT_TRUE(passwords().empty());
}

TEST_P(all_passwords_test, may_be_of_any_type)
{
    using form = raw_user::form;
    for (form each :
         {form::text, form::binary, form::empty, form::number, form::missing}) {
        add("$hash", each);
    }
    EXPECT_EQ(passwords(), (std::multiset<std::string>{"$hash", "$hash", ""}));
}

TEST_P(all_passwords_test, are_more_than_one_reply_holds)
{
    std::multiset<std::string> all;
    users_->together([&] {
        for (int i = 0; i < 4500; ++i) {
            const std::string password = "$" + std::to_string(i);
            add(password, raw_user::form::text);
            all.insert(password);
        }
    });
    EXPECT_EQ(passwords(), all);
}

TEST_P(all_passwords_test, are_shown_until_it_is_enough)
{
    for (int i = 0; i < 5; ++i) {
        add("$hash", raw_user::form::text);
    }
    int shown = 0;
    const auto enough = [&](std::string_view) { return ++shown < 3; };
    EXPECT_TRUE(store_->for_each_password(enough).has_value());
    EXPECT_EQ(shown, 3);
    EXPECT_EQ(passwords().size(), 5U);
}

INSTANTIATE_TEST_SUITE_P(stores, all_passwords_test,
                         testing::ValuesIn(test_stores()),
                         [](const auto& test) {
                             return std::string(test.param);
                         });

} // namespace
