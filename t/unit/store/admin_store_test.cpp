// What operators do with users, on every store.

#include "store/admin_store.h"
#include "test_store.h"

#include <algorithm>
#include <gtest/gtest.h>

using namespace auth_test;
using auth::admin_store;
using auth::listed_user;
using auth::stored_user;
using auth::user_changes;
using code = auth::store_answer::code;

namespace {

class admin_store_test : public testing::TestWithParam<const char*>
{
protected:
    void SetUp() override
    {
        users_ = make_test_store(GetParam());
        opened_ = users_->open();
        store_ = dynamic_cast<admin_store*>(opened_.get());
        ASSERT_NE(store_, nullptr);
    }

    raw_user raw(const std::string& name) const
    {
        raw_user user;
        user.id = auth::new_user_id();
        user.username = name;
        return user;
    }

    std::string insert(const std::string& name)
    {
        stored_user user = new_user(name);
        EXPECT_TRUE(store_->insert(user).has_value());
        return user.id;
    }

    std::vector<std::string> names()
    {
        std::vector<std::string> found;
        const store_answer answer = store_->for_each_user(
            [&](const listed_user& user) { found.push_back(user.username); });
        EXPECT_TRUE(answer.done()) << answer.detail;
        return found;
    }

    listed_user look_up(const std::string& name)
    {
        std::vector<listed_user> found;
        auto answer = take(store_->look_up({name}), found);
        EXPECT_TRUE(answer.done()) << answer.detail;
        EXPECT_EQ(found.size(), 1u);
        return found.empty() ? listed_user{} : std::move(found[0]);
    }

    code change(const std::string& id, const user_changes& changes)
    {
        return store_answer(store_->change_user(id, changes)).status;
    }

    std::unique_ptr<test_store> users_;
    std::unique_ptr<auth::user_store> opened_;
    admin_store* store_ = nullptr;
};

} // namespace

TEST_P(admin_store_test, fresh_store_has_nobody)
{
    EXPECT_TRUE(names().empty());
    std::vector<listed_user> found;
    EXPECT_TRUE(take(store_->look_up({"ann"}), found).done());
    EXPECT_TRUE(found.empty());
    user_changes disable;
    disable.disabled = true;
    EXPECT_EQ(change(auth::new_user_id(), disable), code::absent);
    EXPECT_EQ(store_answer(store_->remove_user(auth::new_user_id())).status,
              code::absent);
}

TEST_P(admin_store_test, lists_in_the_order_of_bytes)
{
    for (const char* name :
         {"b", "a", "\u00C4nn", "B", "ab", "a b", "%", "'"}) {
        users_->put(raw(name));
    }
    EXPECT_EQ(names(), (std::vector<std::string>{"%", "'", "B", "a", "a b",
                                                 "ab", "b", "\u00C4nn"}));
}

TEST_P(admin_store_test, lists_page_by_page)
{
    for (const char* name : {"d", "b", "a", "c", "e"}) {
        insert(name);
    }
    std::vector<listed_user> page;
    EXPECT_TRUE(take(store_->list("", 2), page).done());
    EXPECT_EQ(page.size(), 2u);
    EXPECT_TRUE(take(store_->list("b", 2), page).done());
    EXPECT_TRUE(take(store_->list("d", 2), page).done());
    ASSERT_EQ(page.size(), 5u);
    EXPECT_EQ(page[1].username, "b");
    EXPECT_EQ(page[2].username, "c");
    EXPECT_EQ(page[4].username, "e");
}

TEST_P(admin_store_test, lists_many)
{
    for (int i = 0; i < 1001; ++i) {
        users_->put(raw("user" + std::to_string(10000 + i)));
    }
    auto found = names();
    ASSERT_EQ(found.size(), 1001u);
    EXPECT_EQ(found.back(), "user11000");
    EXPECT_TRUE(std::is_sorted(found.begin(), found.end()));
}

TEST_P(admin_store_test, shows_what_is_stored)
{
    stored_user ann = new_user("ann");
    ann.roles = {"staff", "editors"};
    ann.disabled = true;
    EXPECT_TRUE(store_->insert(ann).has_value());
    listed_user found = look_up("ann");
    EXPECT_EQ(found.id, ann.id);
    EXPECT_EQ(found.username, "ann");
    EXPECT_EQ(found.roles, ann.roles);
    EXPECT_TRUE(found.disabled);
    EXPECT_EQ(found.problem, "");
    EXPECT_TRUE(found.usable);
    EXPECT_EQ(found.password.view(), ann.password.view());
    EXPECT_EQ(found.created_at.size(), 20u) << found.created_at;
    EXPECT_EQ(found.created_at.back(), 'Z');
}

TEST_P(admin_store_test, shows_what_cannot_be_used)
{
    raw_user none = raw("none");
    none.password_form = raw_user::form::missing;
    none.roles = {"staff"};
    none.disabled = raw_user::flag::one;
    users_->put(none);
    listed_user found = look_up("none");
    EXPECT_EQ(found.id, none.id);
    EXPECT_EQ(found.roles, none.roles);
    EXPECT_TRUE(found.disabled);
    EXPECT_NE(found.problem.find("password"), std::string::npos);
    EXPECT_FALSE(found.usable);

    raw_user id = raw("id");
    id.id = std::string(65, 'x');
    users_->put(id);
    EXPECT_EQ(look_up("id").id, "");
    EXPECT_NE(look_up("id").problem, "");
    EXPECT_EQ(names(), (std::vector<std::string>{"id", "none"}));
}

TEST_P(admin_store_test, looks_up_exact_names)
{
    users_->put(raw("Ann"));
    users_->put(raw("ann"));
    std::vector<listed_user> found;
    EXPECT_TRUE(take(store_->look_up({"ANN", "an", "ann."}), found).done());
    EXPECT_TRUE(found.empty());
    EXPECT_TRUE(take(store_->look_up({"Ann", "ann"}), found).done());
    EXPECT_EQ(found.size(), 2u);
    EXPECT_EQ(look_up("Ann").username, "Ann");
    found.clear();
    for (const std::string& bytes :
         {std::string("ann\0", 4), std::string("\xff"), std::string()}) {
        EXPECT_TRUE(take(store_->look_up({bytes}), found).done());
    }
    EXPECT_TRUE(found.empty());
}

TEST_P(admin_store_test, changes_one_thing_of_one_user)
{
    const std::string ann = insert("ann");
    insert("bob");

    user_changes disable;
    disable.disabled = true;
    EXPECT_EQ(change(ann, disable), code::done);
    EXPECT_EQ(change(ann, disable), code::done);
    EXPECT_TRUE(look_up("ann").disabled);

    user_changes roles;
    roles.roles = {"staff", "editors"};
    EXPECT_EQ(change(ann, roles), code::done);
    EXPECT_EQ(look_up("ann").roles, *roles.roles);
    EXPECT_TRUE(look_up("ann").disabled);

    user_changes password;
    password.password = auth::secret("$new");
    EXPECT_EQ(change(ann, password), code::done);
    EXPECT_EQ(look_up("ann").roles, *roles.roles);
    stored_user found;
    EXPECT_TRUE(take(store_->find({"ann"}), found).done());
    EXPECT_EQ(found.password.view(), "$new");

    user_changes back;
    back.disabled = false;
    back.roles = std::vector<std::string>{};
    EXPECT_EQ(change(ann, back), code::done);
    EXPECT_FALSE(look_up("ann").disabled);
    EXPECT_TRUE(look_up("ann").roles.empty());

    EXPECT_FALSE(look_up("bob").disabled);
    EXPECT_TRUE(take(store_->find({"bob"}), found).done());
    EXPECT_EQ(found.password.view(), "$hash");
}

TEST_P(admin_store_test, gives_a_password_to_a_user_without)
{
    raw_user none = raw("none");
    none.password_form = raw_user::form::missing;
    users_->put(none);
    user_changes password;
    password.password = auth::secret("$new");
    EXPECT_EQ(change(none.id, password), code::done);
    EXPECT_EQ(look_up("none").problem, "");
}

TEST_P(admin_store_test, changes_nothing_that_cannot_be_stored)
{
    const std::string ann = insert("ann");
    user_changes roles;
    roles.roles = {std::string(GetParam()) == "sqlite" ? "a,b" : "\xff"};
    EXPECT_EQ(change(ann, roles), code::unusable);
    EXPECT_TRUE(look_up("ann").roles.empty());
    for (const char* id : {"", "1", "' OR 1=1 --"}) {
        user_changes disable;
        disable.disabled = true;
        EXPECT_EQ(change(id, disable), code::absent);
        EXPECT_EQ(store_answer(store_->remove_user(id)).status, code::absent);
    }
    EXPECT_EQ(change(ann, {}), code::done);
    EXPECT_FALSE(look_up("ann").disabled);
}

TEST_P(admin_store_test, removes_one_user)
{
    const std::string ann = insert("ann");
    insert("bob");
    EXPECT_TRUE(store_->remove_user(ann).has_value());
    EXPECT_EQ(store_answer(store_->remove_user(ann)).status, code::absent);
    EXPECT_EQ(names(), std::vector<std::string>{"bob"});
    EXPECT_EQ(store_answer(store_->is_taken("ann")).status, code::absent);
    insert("ann");
    EXPECT_NE(look_up("ann").id, ann);
}

INSTANTIATE_TEST_SUITE_P(stores, admin_store_test,
                         testing::ValuesIn(test_stores()),
                         [](const auto& test) {
                             return std::string(test.param);
                         });
