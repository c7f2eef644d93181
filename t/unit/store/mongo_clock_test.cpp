// The clock of a server that is asked now and then. These tests need no
// MongoDB.

#include "mongo_stand_in.h"

#include "base/machine_time.h"
#include "store/mongo_clock.h"
#include "store/mongo_uri.h"

#include <atomic>
#include <gtest/gtest.h>
#include <memory>

using namespace auth_test;

namespace {

constexpr std::int64_t hour_of_sleep = 3600000;

/// What the steady clock of the tests says.
std::atomic<std::int64_t> steady_now;

std::int64_t steady() noexcept
{
    return steady_now;
}

/// How far it is ahead of this machine's, in hours.
double hours_ahead(const auth::mongo_clock& clock)
{
    return static_cast<double>(clock.now() - auth::machine_milliseconds()) /
           static_cast<double>(hour_of_sleep);
}

} // namespace

/// The steady clock goes on while the machine sleeps, as the server's does.
TEST(mongo_clock_test, goes_on_while_the_machine_sleeps)
{
    mongo_stand_in server([](const std::string&, const std::string&) {
        return std::string(R"({"ok": 1})");
    });
    const auth::mongo_collection any(
        std::make_shared<auth::mongo_client>(
            auth::parse_mongo_uri(server.uri()).value()),
        "c");
    auth::mongo_clock clock(steady);
    steady_now = 1;
    EXPECT_FALSE(clock.ask(any).failure.failed());
    EXPECT_NEAR(hours_ahead(clock), 0, 0.001);
    steady_now += hour_of_sleep;
    EXPECT_NEAR(hours_ahead(clock), 1, 0.001);
    // It is not known any more, and the server's has not gone on here.
    EXPECT_FALSE(clock.ask_now_and_then(any).failure.failed());
    EXPECT_NEAR(hours_ahead(clock), 0, 0.001);
}
