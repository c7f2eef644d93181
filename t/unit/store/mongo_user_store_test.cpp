// What is particular to users in MongoDB: the index, types, credentials.

#include "mongo_test_server.h"
#include "test_store.h"

#include <gtest/gtest.h>

using namespace auth_test;
using auth::store_answer;
using auth::stored_user;
using code = auth::store_answer::code;

namespace {

class mongo_user_store_test : public mongo_server_test
{
protected:
    /// Patient where the store is not: on a busy machine a new index takes
    /// longer than a command may.
    code insert_in_time(const stored_user& user)
    {
        code status = store_answer(store_->insert(user)).status;
        for (int i = 0; i < 20 && status == code::unavailable; ++i) {
            status = store_answer(store_->insert(user)).status;
        }
        return status;
    }
};

} // namespace

TEST_F(mongo_user_store_test, makes_the_index)
{
    EXPECT_TRUE(store_->prepare().has_value());
    EXPECT_NE(indexes().find("username_1"), std::string::npos) << indexes();
}

TEST_F(mongo_user_store_test, accepts_an_index_of_any_name)
{
    create_index(R"({"key": {"x": 1}, "name": "x", "unique": true})");
    create_index(R"({"key": {"username": 1}, "name": "u", "unique": true})");
    EXPECT_TRUE(store_->prepare().has_value());
    EXPECT_EQ(indexes().find("username_1"), std::string::npos) << indexes();
    EXPECT_TRUE(store_->insert(new_user("ann")).has_value());
    EXPECT_EQ(store_answer(store_->insert(new_user("ann"))).status,
              code::taken);
}

TEST_F(mongo_user_store_test, longer_index_is_not_enough)
{
    create_index(R"({"key": {"username": 1, "x": 1}, "name": "ux",)"
                 R"( "unique": true})");
    EXPECT_TRUE(store_->prepare().has_value());
    EXPECT_NE(indexes().find("username_1\""), std::string::npos) << indexes();
}

TEST_F(mongo_user_store_test, tells_of_an_index_that_is_not_unique)
{
    create_index(R"({"key": {"username": 1}, "name": "username_1"})");
    EXPECT_TRUE(has(store_->prepare(), code::unavailable, "not unique"));
    EXPECT_TRUE(
        has(store_->insert(new_user("ann")), code::unavailable, "drop"));
    EXPECT_EQ(find(*store_), code::absent);
    server_->run(server_->database(),
                 R"({"dropIndexes": "users", "index": "username_1"})");
    EXPECT_TRUE(store_->insert(new_user("ann")).has_value());
}

TEST_F(mongo_user_store_test, tells_of_a_name_that_is_there_twice)
{
    EXPECT_TRUE(server_->run(server_->database(),
                             R"({"insert": "users", "documents": [)"
                             R"({"username": "ann", "password": "$1"},)"
                             R"({"username": "ann", "password": "$2"},)"
                             R"({"username": "bob", "password": "$3"}]})"));
    EXPECT_TRUE(has(store_->prepare(), code::unavailable, "twice"));
    stored_user found;
    EXPECT_TRUE(has(take(store_->find({"ann"}), found), code::unusable,
                    "another user"));
    EXPECT_EQ(find(*store_, "bob"), code::done);
}

TEST_F(mongo_user_store_test, index_is_made_again_after_a_drop)
{
    EXPECT_EQ(insert_in_time(new_user("ann")), code::done);
    EXPECT_TRUE(server_->run(server_->database(), R"({"drop": "users"})"));
    EXPECT_EQ(insert_in_time(new_user("ann")), code::done);
    EXPECT_EQ(insert_in_time(new_user("ann")), code::taken);
    EXPECT_TRUE(server_->run(server_->database(),
                             R"({"dropIndexes": "users", "index": "*"})"));
    EXPECT_EQ(insert_in_time(new_user("ann")), code::taken);
    EXPECT_NE(indexes().find("username_1"), std::string::npos) << indexes();
}

TEST_F(mongo_user_store_test, other_unique_index_is_no_taken_name)
{
    create_index(R"({"key": {"email": 1}, "name": "mail", "unique": true})");
    EXPECT_TRUE(store_->insert(new_user("ann")).has_value());
    EXPECT_TRUE(has(store_->insert(new_user("bob")), code::unavailable,
                    "index mail of collection users"));
    EXPECT_EQ(find(*store_, "bob"), code::absent);
    server_->run(server_->database(),
                 R"({"dropIndexes": "users", "index": "mail"})");
    EXPECT_TRUE(store_->insert(new_user("bob")).has_value());
}

TEST_F(mongo_user_store_test, users_without_a_name_are_no_twins)
{
    EXPECT_TRUE(server_->run(server_->database(),
                             R"({"insert": "users", "documents": [)"
                             R"({"google": 1}, {"google": 2}]})"));
    EXPECT_TRUE(store_->insert(new_user("ann")).has_value());
    EXPECT_EQ(store_answer(store_->insert(new_user("ann"))).status,
              code::taken);
    EXPECT_NE(indexes().find("sparse"), std::string::npos) << indexes();
    // It is taken for what it is by whoever looks next.
    EXPECT_TRUE(open_store(server_->uri())->prepare().has_value());
}

TEST_F(mongo_user_store_test, odd_types_are_not_found_or_left_out)
{
    EXPECT_TRUE(server_->run(
        server_->database(),
        R"({"insert": "users", "documents": [)"
        R"({"username": ["ann"], "password": "$1"},)"
        R"({"username": {"ann": 1}, "password": "$1"},)"
        R"({"username": "bob", "password": "$1", "roles": ["a", 1, "b"]},)"
        R"({"username": "carl", "password": "$1", "roles": {"a": 1}},)"
        R"({"username": "dora", "password": {"$binary": {"base64": "JDE=",)"
        R"( "subType": "05"}}}]})"));
    stored_user found;
    EXPECT_EQ(take(store_->find({"ann"}), found).status, code::absent);
    EXPECT_EQ(store_answer(store_->is_taken("ann")).status, code::absent);
    EXPECT_TRUE(has(take(store_->find({"bob"}), found), code::done, "roles"));
    EXPECT_EQ(found.roles, (std::vector<std::string>{"a", "b"}));
    EXPECT_TRUE(has(take(store_->find({"carl"}), found), code::done, "roles"));
    EXPECT_TRUE(found.roles.empty());
    EXPECT_TRUE(
        has(take(store_->find({"dora"}), found), code::unusable, "password"));
}

TEST_F(mongo_user_store_test, tells_of_a_wrong_password)
{
    auto store = open_store(server_->uri_as("nobody:hidden"));
    stored_user found;
    EXPECT_TRUE(has(take(store->find({"ann"}), found), code::unavailable,
                    "authentication failed: check"));
    store_answer again;
    double took = seconds([&] { again = take(store->find({"ann"}), found); });
    EXPECT_TRUE(has(again, code::unavailable, "authentication failed"));
    EXPECT_LT(took, 1); // it is not asked again at once
}
