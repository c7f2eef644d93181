// Samples of stored passwords, whatever is behind the store.

#include "test_store.h"

#include <gtest/gtest.h>

#include <set>

using namespace auth_test;
using code = auth::store_answer::code;

namespace {

class password_sample_test : public testing::TestWithParam<const char*>
{
protected:
    void SetUp() override
    {
        users_ = make_test_store(GetParam());
        store_ = users_->open();
    }

    /// Users user000, user001, … with the passwords $000, $001, …
    void add(int count)
    {
        users_->together([&] {
            for (int i = 0; i < count; ++i) {
                std::string number = std::to_string(1000 + i).substr(1);
                raw_user user;
                user.id = auth::new_user_id();
                user.username = "user" + number;
                user.password = "$" + number;
                users_->put(user);
            }
        });
        EXPECT_TRUE(store_->prepare().done());
    }

    std::vector<std::string> sample(std::size_t limit)
    {
        std::vector<auth::secret> passwords;
        auth::store_answer answer = store_->sample_passwords(limit, passwords);
        EXPECT_TRUE(answer.done()) << answer.detail;
        EXPECT_EQ(answer.detail, "");
        EXPECT_LE(passwords.size(), limit);
        std::vector<std::string> texts;
        for (const auth::secret& password : passwords) {
            texts.emplace_back(password.view());
        }
        return texts;
    }

    /// How many passwords of a sample are in each tenth of all.
    static std::vector<int> by_tenth(const std::vector<std::string>& sampled,
                                     int users)
    {
        std::vector<int> counts(10);
        for (const std::string& password : sampled) {
            int number = std::stoi(password.substr(1));
            ++counts.at(static_cast<std::size_t>(number * 10 / users));
        }
        return counts;
    }

    std::unique_ptr<test_store> users_;
    std::unique_ptr<auth::user_store> store_;
};

TEST_P(password_sample_test, fresh_store_has_none)
{
    EXPECT_TRUE(sample(10).empty());
    store_->prepare();
    EXPECT_TRUE(sample(10).empty());
}

TEST_P(password_sample_test, few_users_are_all_in_it)
{
    add(10);
    std::vector<std::string> all = sample(10);
    EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 10U);
    EXPECT_EQ(sample(11).size(), 10U);
    EXPECT_EQ(sample(2048).size(), 10U);
}

TEST_P(password_sample_test, passwords_may_be_of_any_type)
{
    using form = raw_user::form;
    for (form one :
         {form::text, form::binary, form::empty, form::number, form::missing}) {
        raw_user user;
        user.id = auth::new_user_id();
        user.username = "user" + std::to_string(static_cast<int>(one));
        user.password_form = one;
        users_->put(user);
    }
    std::vector<std::string> all = sample(10);
    EXPECT_EQ(std::multiset<std::string>(all.begin(), all.end()),
              (std::multiset<std::string>{"$hash", "$hash", ""}));
}

TEST_P(password_sample_test, many_users_are_in_it_evenly)
{
    add(120);
    for (std::size_t limit : {15U, 20U}) {
        std::vector<std::string> some = sample(limit);
        std::vector<int> counts = by_tenth(some, 120);
        EXPECT_GE(some.size(), limit * 9 / 10);
        for (int count : counts) {
            EXPECT_NEAR(count, static_cast<int>(limit) / 10,
                        1 + static_cast<int>(limit) / 25)
                << testing::PrintToString(counts);
        }
    }
}

TEST_P(password_sample_test, very_many_users_are_in_it_all_over)
{
    // So many that MongoDB's are not counted out: names lead to the places.
    add(200);
    std::vector<std::string> some = sample(20);
    std::vector<int> counts = by_tenth(some, 200);
    EXPECT_GE(some.size(), 15U);
    for (int count : counts) {
        EXPECT_GE(count, 1) << testing::PrintToString(counts);
        EXPECT_LE(count, 4) << testing::PrintToString(counts);
    }
}

TEST_P(password_sample_test, is_the_same_whoever_asks)
{
    add(150);
    for (std::size_t limit : {10U, 20U}) {
        std::vector<std::string> first = sample(limit);
        store_ = users_->open();
        store_->prepare();
        EXPECT_EQ(sample(limit), first);
    }
}

TEST_P(password_sample_test, limit_may_be_tiny)
{
    add(10);
    EXPECT_EQ(sample(1).size(), 1U);
    EXPECT_EQ(sample(3).size(), 3U);
}

INSTANTIATE_TEST_SUITE_P(stores, password_sample_test,
                         testing::ValuesIn(test_stores()),
                         [](const auto& test) {
                             return std::string(test.param);
                         });

} // namespace
