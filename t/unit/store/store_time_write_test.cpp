// What a write to MongoDB leaves to do is done, however much time its operation
// has spent. These tests need no MongoDB.

#include "store_time_fixture.h"

using namespace auth_test;
using namespace std::chrono_literals;
using code = auth::store_answer::code;

namespace {

constexpr const char* no_majority_in_time =
    R"({"ok": 1, "n": 1, "nModified": 1, "writeConcernError":)"
    R"( {"code": 64, "errmsg": "waiting for replication timed out"}})";

std::string batch(const std::string& documents)
{
    return R"({"ok": 1, "cursor": {"id": {"$numberLong": "0"},)"
           R"( "ns": "d.c", "firstBatch": [)" +
           documents + "]}}";
}

/// A session's document as trim() reads it; `first` begins its digest.
std::string session_document(char first)
{
    return std::string(R"({"_id": {"$binary": {"base64": ")") + first +
           std::string(42, 'A') + R"(=", "subType": "00"}}})";
}

class store_time_write_test : public store_time_fixture
{
protected:
    /// The answer to the command comes when the operation's time is over.
    void comes_late(const std::string& command)
    {
        delays_[command] = 1100ms;
        time_.add(all - 1000ms);
    }

    const auth::stored_user ann_ = new_user("ann");
};

} // namespace

TEST_F(store_time_write_test, sessions_end_after_the_write_that_ends_them)
{
    comes_late("update");
    const auto users = stores_.users->within(time_);
    EXPECT_TRUE(has(users->raise_epoch(ann_), code::done, ""));
    EXPECT_EQ(asked("delete"), 1);
    EXPECT_EQ(asked("insert"), 1); // the revocation
    EXPECT_EQ(find(*users), code::unavailable);
}

/// A server answers that no majority has confirmed a write when the time for it
/// is over, which may be all that the operation had.
TEST_F(store_time_write_test, new_password_is_found_out_about)
{
    replies_["update"] = no_majority_in_time;
    replies_["find"] =
        batch(R"({"_id": {"$oid": ")" + ann_.id +
              R"("}, "password": "$new", "ngx_auth": {"epoch": 1}})");
    comes_late("update");
    EXPECT_TRUE(
        has(stores_.users->within(time_)->replace_password(ann_, "$new", 1),
            code::done, ""));
    EXPECT_EQ(asked("update"), 1);
    EXPECT_EQ(asked("delete"), 1);
    EXPECT_EQ(asked("insert"), 1); // the revocation
}

TEST_F(store_time_write_test, new_user_is_found_out_about)
{
    replies_["insert"] = no_majority_in_time;
    replies_["find"] = batch(R"({"_id": {"$oid": ")" + ann_.id +
                             R"("}, "password": "$hash"})");
    comes_late("insert");
    EXPECT_TRUE(
        has(stores_.users->within(time_)->insert(ann_), code::done, ""));
}

TEST_F(store_time_write_test, every_session_that_is_deleted_is_revoked)
{
    replies_["find"] =
        batch(session_document('A') + ", " + session_document('B'));
    comes_late("delete");
    const auto ended = stores_.sessions->within(time_)->trim("ann", "r", 1);
    EXPECT_TRUE(has(answer_to(ended), code::done, ""));
    EXPECT_EQ(ended.value_or(std::vector<auth::sha256_digest>()).size(), 2U);
    EXPECT_EQ(asked("delete"), 1);
    EXPECT_EQ(asked("insert"), 2);
}

TEST_F(store_time_write_test, deletion_without_a_majority_is_revoked)
{
    replies_["find"] = batch(session_document('A'));
    replies_["delete"] = no_majority_in_time;
    comes_late("delete");
    const auto sessions = stores_.sessions->within(time_);
    // The server has done it, and may yet forget it.
    EXPECT_TRUE(
        has(answer_to(sessions->trim("ann", "r", 1)), code::unknown, "64"));
    EXPECT_EQ(asked("delete"), 1);
    EXPECT_EQ(asked("insert"), 1);
}
