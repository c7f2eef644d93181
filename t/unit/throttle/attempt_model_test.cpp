// Random operations on a table and on the rule that its header states, written
// down as plainly as may be: names in a map, and a list of failures for each.

#include "attempt_table_fixture.h"

#include <algorithm>
#include <optional>
#include <random>

namespace auth {
namespace {

using namespace test;

class model
{
public:
    struct rule {
        std::uint64_t limit, window, delay;
    };
    struct answer {
        outcome what;
        std::uint64_t wait_ms;
    };
    using wanted = std::map<std::string, rule>;

    answer reserve(int number, const wanted& names, std::uint64_t now)
    {
        std::uint64_t longest = 0;
        for (const auto& [name, by] : names) {
            forget(name, by, now);
            longest = std::max(longest, wait(name, by, now));
        }
        if (longest != 0) {
            return {outcome::refused, longest};
        }
        for (const auto& [name, by] : names) {
            counters_[name].first =
                counters_.count(name) != 0 && !counters_[name].failed.empty()
                    ? counters_[name].first
                    : now;
            counters_[name].failed.push_back({number, now});
        }
        return {outcome::admitted, 0};
    }

    void succeed(int number)
    {
        for (auto it = counters_.begin(); it != counters_.end();) {
            const std::string kind = it->first.substr(0, it->first.find(' '));
            if (holds(it->second, number) &&
                (kind == "user" || kind == "device")) {
                it = counters_.erase(it);
                continue;
            }
            if (kind != "registration" && kind != "registration_network") {
                take_back(it->second, number);
            }
            ++it;
        }
    }

    void give_back(int number)
    {
        for (auto& [name, counter] : counters_) {
            take_back(counter, number);
        }
    }

private:
    struct failure {
        int number;
        std::uint64_t at;
    };
    struct counter {
        std::uint64_t first;
        std::vector<failure> failed;
    };

    static bool holds(const counter& in, int number)
    {
        return std::any_of(in.failed.begin(), in.failed.end(),
                           [=](auto& each) { return each.number == number; });
    }

    static void take_back(counter& from, int number)
    {
        from.failed.erase(
            std::remove_if(from.failed.begin(), from.failed.end(),
                           [=](auto& each) { return each.number == number; }),
            from.failed.end());
    }

    static std::uint64_t end_of_delay(const counter& counted, const rule& by)
    {
        std::uint64_t delay = 30'000;
        for (std::size_t i = by.limit; i < counted.failed.size(); ++i) {
            delay = std::min(2 * delay, by.delay);
        }
        return counted.failed.back().at + std::min(delay, by.delay);
    }

    void forget(const std::string& name, const rule& by, std::uint64_t now)
    {
        const auto it = counters_.find(name);
        if (it == counters_.end()) {
            return;
        }
        const counter& own = it->second;
        if (own.failed.empty() ||
            now >= by.window + (own.failed.size() < by.limit
                                    ? own.first
                                    : end_of_delay(own, by))) {
            counters_.erase(it);
        }
    }

    std::uint64_t wait(const std::string& name, const rule& by,
                       std::uint64_t now)
    {
        const auto it = counters_.find(name);
        if (it == counters_.end() || it->second.failed.size() < by.limit) {
            return 0;
        }
        const std::uint64_t until = end_of_delay(it->second, by);
        return until > now ? until - now : 0;
    }

    std::map<std::string, counter> counters_;
};

class attempt_model : public attempt_table_test
{
protected:
    struct pending {
        int number;
        std::uint64_t since;
        attempt_reservation reservation;
    };

    model::wanted names_of(const login_attempt& attempt) const
    {
        const login_limits& by = limits.login;
        const auto rule = [&](std::uint64_t limit) {
            return model::rule{limit, by.window_ms, by.delay_ms};
        };
        const std::string user(attempt.folded_name);
        const std::string at = std::to_string(attempt.prefix);
        model::wanted names;
        if (attempt.device != nullptr) {
            names["device " + std::to_string((*attempt.device)[3]) + user] =
                rule(by.device);
            return names;
        }
        names["user " + at + user] = rule(by.user);
        names["user_total " + user] = rule(by.user_total);
        if (attempt.prefix != 0) {
            names["address " + at] = rule(by.address);
        }
        if (is_ipv6(attempt.prefix)) {
            names["network " + network(attempt.prefix)] = rule(5 * by.address);
        }
        return names;
    }

    model::wanted names_of(const registration_attempt& attempt) const
    {
        const registration_limits& by = limits.registration;
        model::wanted names;
        if (attempt.prefix != 0) {
            names["registration " + std::to_string(attempt.prefix)] = {
                by.address, by.window_ms, by.delay_ms};
        }
        if (is_ipv6(attempt.prefix)) {
            names["registration_network " + network(attempt.prefix)] = {
                5ul * by.address, by.window_ms, by.delay_ms};
        }
        return names;
    }

    static bool is_ipv6(std::uint64_t prefix)
    {
        return prefix != 0 && prefix < UINT64_C(0xff00'0000'0000'0000);
    }

    static std::string network(std::uint64_t prefix)
    {
        return std::to_string(prefix / 65536);
    }

    template <typename Attempt>
    void reserve(const Attempt& attempt)
    {
        const int number = next_++;
        const model::answer expected =
            model_.reserve(number, names_of(attempt), now);
        const attempt_verdict found = table.reserve(attempt, limits, now);
        ASSERT_EQ(found.what, expected.what) << "attempt " << number;
        ASSERT_EQ(found.retry_after_s, (expected.wait_ms + 999) / 1000);
        ++(found.what == outcome::admitted ? admitted_ : refused_);
        if (found.what == outcome::admitted) {
            pending_.push_back({number, now, found.reservation});
        }
    }

    // No attempt takes longer than the shortest delay.
    void settle_some()
    {
        for (std::size_t i = pending_.size(); i-- > 0;) {
            pending& each = pending_[i];
            const bool late = now - each.since > 20 * second;
            switch (random_() % 16) {
            case 0:
            case 1:
                model_.give_back(each.number);
                table.give_back(each.reservation);
                break;
            case 2:
                model_.succeed(each.number);
                table.succeed(each.reservation);
                break;
            case 3:
            case 4:
                break; // a failure
            default:
                if (!late) {
                    continue;
                }
            }
            pending_.erase(pending_.begin() + static_cast<std::ptrdiff_t>(i));
        }
    }

    void run(int operations, std::uint64_t most_ms)
    {
        const std::uint64_t prefixes[] = {0,          ipv4(1),    ipv4(2),
                                          ipv6(1, 1), ipv6(1, 2), ipv6(2, 1)};
        for (int i = 0; i < operations && !HasFatalFailure(); ++i) {
            now += random_() % 3 == 0 ? random_() % most_ms : 0;
            now += random_() % 300 == 0 ? random_() % (40 * minute) : 0;
            settle_some();
            const std::uint64_t prefix = prefixes[random_() % 6];
            const device_key device =
                device_of(static_cast<std::uint8_t>(random_() % 3));
            const std::string name = "user" + std::to_string(random_() % 8);
            if (random_() % 5 == 0) {
                reserve(registration_attempt{prefix});
            } else {
                reserve(login_attempt{name, prefix,
                                      random_() % 4 == 0 ? &device : nullptr});
            }
            if (i % 1000 == 0) {
                counters(); // no two of one thing
            }
        }
        std::printf("    %d admitted, %d refused\n", admitted_, refused_);
        EXPECT_GT(admitted_, operations / 50);
        EXPECT_GT(refused_, operations / 50);
    }

    model model_;
    std::vector<pending> pending_;
    std::mt19937_64 random_{1};
    int next_ = 1, admitted_ = 0, refused_ = 0;
};

TEST_F(attempt_model, with_the_usual_limits)
{
    run(200'000, 10 * second);
}

TEST_F(attempt_model, with_high_limits)
{
    limits.login = {12, 60, 8, 40, 5 * minute, 3 * minute};
    limits.registration = {20, 10 * minute, 3 * minute};
    run(200'000, second / 2);
}

TEST_F(attempt_model, with_low_limits_and_long_delays)
{
    limits.login = {2, 6, 1, 4, 1 * minute, 60 * minute};
    limits.registration = {1, 2 * minute, 30 * minute};
    run(200'000, 60 * second);
}

} // namespace
} // namespace auth
