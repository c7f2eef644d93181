#include "metrics/realm_figures.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace auth {
namespace {

using std::chrono::microseconds;

class realm_figures_test : public ::testing::Test
{
protected:
    bool shows(const std::string& line) const
    {
        const std::string page = prometheus_page("site", now, counters);
        return page.find("\n" + line + "\n") != std::string::npos;
    }

    realm_figures now{5, 100, 2, 7, std::nullopt};
    service_counters counters;
};

TEST_F(realm_figures_test, shows_what_is_now)
{
    EXPECT_TRUE(shows("ngx_auth_sessions{realm=\"site\"} 5"));
    EXPECT_TRUE(shows("ngx_auth_sessions_capacity{realm=\"site\"} 100"));
    EXPECT_TRUE(shows("ngx_auth_hashes_running{realm=\"site\"} 2"));
    EXPECT_TRUE(shows("ngx_auth_hashes_waiting{realm=\"site\"} 7"));
}

TEST_F(realm_figures_test, each_counter_has_its_own_label)
{
    counters.logins[login_result::abandoned].add(4);
    counters.registrations[registration_result::taken].add();
    counters.zone_answers[zone_answer::miss].add(2);
    counters.store_errors[store_error::full].add(9);
    EXPECT_TRUE(
        shows("ngx_auth_logins_total{realm=\"site\",outcome=\"abandoned\"} 4"));
    EXPECT_TRUE(
        shows("ngx_auth_logins_total{realm=\"site\",outcome=\"accepted\"} 0"));
    EXPECT_TRUE(shows(
        "ngx_auth_registrations_total{realm=\"site\",outcome=\"taken\"} 1"));
    EXPECT_TRUE(
        shows("ngx_auth_zone_lookups_total{realm=\"site\",result=\"miss\"} 2"));
    EXPECT_TRUE(
        shows("ngx_auth_store_errors_total{realm=\"site\",kind=\"full\"} 9"));
}

TEST_F(realm_figures_test, adds_times_up)
{
    counters.hashes.add(microseconds(1500000));
    counters.hashes.add(microseconds(2));
    counters.store_calls[store_work::look_up].add(microseconds(70));
    EXPECT_TRUE(shows("ngx_auth_hashes_total{realm=\"site\"} 2"));
    EXPECT_TRUE(shows("ngx_auth_hash_seconds_total{realm=\"site\"} 1.500002"));
    EXPECT_TRUE(
        shows("ngx_auth_store_calls_total{realm=\"site\",work=\"look_up\"} 1"));
    EXPECT_TRUE(shows("ngx_auth_store_seconds_total{realm=\"site\",work="
                      "\"look_up\"} 0.000070"));
}

TEST_F(realm_figures_test, shows_kept_sessions_where_there_are_any)
{
    counters.lookups[lookup_result::found].add();
    EXPECT_FALSE(shows("ngx_auth_untold_endings{realm=\"site\"} 3"));
    now.kept = realm_figures::kept_sessions{1250, 50, 3};
    EXPECT_TRUE(shows("ngx_auth_untold_endings{realm=\"site\"} 3"));
    EXPECT_TRUE(
        shows("ngx_auth_revocation_lag_seconds{realm=\"site\"} 1.250000"));
    EXPECT_TRUE(shows("ngx_auth_stale_seconds{realm=\"site\"} 0.050000"));
    EXPECT_TRUE(shows(
        "ngx_auth_store_lookups_total{realm=\"site\",outcome=\"found\"} 1"));
}

/// Several workers add at once, and none of it is lost.
TEST(service_counters_test, counts_of_threads_add_up)
{
    shared_counter counter;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&counter] {
            for (int n = 0; n < 100000; ++n) {
                counter.add();
            }
        });
    }
    for (std::thread& each : threads) {
        each.join();
    }
    EXPECT_EQ(counter.value(), 400000u);
}

} // namespace
} // namespace auth
