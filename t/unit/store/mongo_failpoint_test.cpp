// Servers that fail while they work.

#include "mongo_test_server.h"
#include "test_store.h"

#include <gtest/gtest.h>

using namespace auth_test;
using auth::store_answer;
using auth::stored_user;
using code = auth::store_answer::code;

namespace {

/// Needs a server with test commands.
class mongo_failpoint_test : public mongo_server_test
{
protected:
    void SetUp() override
    {
        mongo_server_test::SetUp();
        if (IsSkipped()) {
            return;
        }
        if (!server_->fail("\"off\"", "{}")) {
            GTEST_SKIP() << "this server has no failpoints "
                            "(--enable-test-commands)";
        }
        ASSERT_TRUE(store_->prepare().has_value());
        ASSERT_TRUE(store_->insert(new_user("bob", "$old")).has_value());
    }

    void fail(const std::string& mode, const std::string& data)
    {
        ASSERT_TRUE(server_->fail(mode, data));
    }

    static std::string times(int n)
    {
        return R"({"times": )" + std::to_string(n) + "}";
    }
    static std::string closing(const std::string& commands)
    {
        return R"({"failCommands": [)" + commands +
               R"(], "closeConnection": true})";
    }
    static std::string error(const std::string& command, int number)
    {
        return R"({"failCommands": [")" + command + R"("], "errorCode": )" +
               std::to_string(number) + "}";
    }
};

} // namespace

TEST_F(mongo_failpoint_test, one_lost_connection_is_not_seen)
{
    fail(times(1), closing("\"find\""));
    EXPECT_EQ(find(*store_, "bob"), code::done);
    fail(times(1), closing("\"insert\""));
    EXPECT_TRUE(store_->insert(new_user("ann")).has_value());
    stored_user ann;
    EXPECT_TRUE(take(store_->find({"ann"}), ann).done());
    fail(times(1), closing("\"update\""));
    EXPECT_TRUE(replace_password(*store_, ann, "$new").done());
    EXPECT_TRUE(take(store_->find({"ann"}), ann).done());
    EXPECT_EQ(ann.password.view(), "$new");
    fail(times(1), closing("\"listIndexes\""));
    EXPECT_TRUE(open_store(server_->uri())->prepare().has_value());
}

TEST_F(mongo_failpoint_test, stepdown_is_not_seen)
{
    for (int number : {91, 189, 10107, 11600, 11602, 13435, 13436}) {
        std::string name = "u" + std::to_string(number);
        fail(times(1), error("insert", number));
        store_answer answer;
        double took = seconds([&] { answer = store_->insert(new_user(name)); });
        EXPECT_TRUE(answer.done()) << answer.detail;
        EXPECT_LT(took, soon) << number;
        fail(times(1), error("find", number));
        took = seconds([&] { EXPECT_EQ(find(*store_, name), code::done); });
        EXPECT_LT(took, soon) << number;
        stored_user user;
        ASSERT_TRUE(take(store_->find({name}), user).done());
        fail(times(1), error("update", number));
        answer = replace_password(*store_, user, "$new");
        EXPECT_TRUE(answer.done()) << answer.detail;
    }
}

TEST_F(mongo_failpoint_test, lasting_stepdown)
{
    for (int number : {91, 189, 10107, 11600}) {
        fail("\"alwaysOn\"", error("insert", number));
        store_answer answer;
        double took =
            seconds([&] { answer = store_->insert(new_user("ann")); });
        // Only a server that is no primary has certainly not begun.
        const code expected =
            number == 10107 ? code::unavailable : code::unknown;
        EXPECT_TRUE(has(answer, expected, "primary"));
        EXPECT_LT(took, soon) << number;
        EXPECT_EQ(find(*store_), code::absent);
    }
}

TEST_F(mongo_failpoint_test, insert_that_never_arrives)
{
    fail("\"alwaysOn\"", closing("\"insert\""));
    store_answer answer = store_->insert(new_user("ann"));
    EXPECT_EQ(answer.status, code::unknown) << answer.detail;
    EXPECT_EQ(find(*store_), code::absent);
}

TEST_F(mongo_failpoint_test, insert_of_which_nothing_is_known)
{
    fail("\"alwaysOn\"", closing(R"("insert", "find")"));
    store_answer answer;
    double took = seconds([&] { answer = store_->insert(new_user("ann")); });
    EXPECT_EQ(answer.status, code::unknown) << answer.detail;
    EXPECT_LT(took, soon);
    answer = replace_password(*store_, new_user("bob"), "$new");
    EXPECT_EQ(answer.status, code::changed) << answer.detail;
}

TEST_F(mongo_failpoint_test, insert_whose_answer_is_lost)
{
    // The write is done, and an error reported after it. This server is a
    // majority by itself, and says that it has the document.
    for (int number : {91, 189, 10107, 11600}) {
        fail(times(1),
             R"({"failCommands": ["insert"], "writeConcernError": {"code": )" +
                 std::to_string(number) + R"(, "errmsg": "x"}})");
        std::string name = "u" + std::to_string(number);
        store_answer answer = store_->insert(new_user(name));
        EXPECT_TRUE(answer.done()) << answer.detail;
        EXPECT_EQ(find(*store_, name), code::done);
    }
}

TEST_F(mongo_failpoint_test, update_whose_answer_is_lost)
{
    stored_user bob;
    ASSERT_TRUE(take(store_->find({"bob"}), bob).done());
    fail(times(1), R"({"failCommands": ["update"], "writeConcernError":)"
                   R"( {"code": 91, "errmsg": "x"}})");
    store_answer answer = replace_password(*store_, bob, "$new");
    EXPECT_TRUE(answer.done()) << answer.detail;
    EXPECT_EQ(replace_password(*store_, bob, "$other").status, code::changed);
}

TEST_F(mongo_failpoint_test, majority_that_confirms_late)
{
    fail(times(1), R"({"failCommands": ["insert"], "writeConcernError":)"
                   R"( {"code": 64, "errmsg": "waiting timed out"}})");
    EXPECT_TRUE(store_->insert(new_user("ann")).has_value());
    EXPECT_EQ(find(*store_), code::done);
}

TEST_F(mongo_failpoint_test, server_that_hangs)
{
    std::string hang = R"("blockConnection": true, "blockTimeMS": 5000})";
    fail(times(1), R"({"failCommands": ["find"], )" + hang);
    double took = seconds([&] { EXPECT_EQ(find(*store_), code::unavailable); });
    EXPECT_GT(took, 1.8);
    EXPECT_LT(took, soon);
    EXPECT_EQ(find(*store_, "bob"), code::done);

    fail(times(1), R"({"failCommands": ["insert"], )" + hang);
    store_answer answer;
    took = seconds([&] { answer = store_->insert(new_user("ann")); });
    EXPECT_EQ(answer.status, code::unknown) << answer.detail;
    EXPECT_LT(took, soon);
}

TEST_F(mongo_failpoint_test, refusals_say_what_to_do)
{
    fail(times(1), error("insert", 13));
    EXPECT_TRUE(has(store_->insert(new_user("ann")), code::unavailable,
                    "a user with the role readWrite"));
    fail(times(1), error("find", 13));
    stored_user found;
    EXPECT_TRUE(has(take(store_->find({"ann"}), found), code::unavailable,
                    "not allowed to read collection users"));
    EXPECT_TRUE(server_->run(
        server_->database(),
        R"({"collMod": "users", "validator": {"password": {"$type": "int"}}})"));
    EXPECT_TRUE(
        has(store_->insert(new_user("ann")), code::unavailable, "validator"));
    fail(times(1), error("createIndexes", 13));
    server_->run(server_->database(),
                 R"({"dropIndexes": "users", "index": "username_1"})");
    EXPECT_TRUE(has(open_store(server_->uri())->prepare(), code::unavailable,
                    "index on username cannot be made"));
}
