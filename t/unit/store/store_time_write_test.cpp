// What a write to MongoDB leaves to do is done, however much time its operation
// has spent. These tests need no MongoDB.

#include "store_time_fixture.h"

using namespace auth_test;
using namespace std::chrono_literals;
using code = auth::store_answer::code;

namespace {

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
