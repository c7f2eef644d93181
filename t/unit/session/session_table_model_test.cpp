// Random operations on a table and on a plain description of what a table is,
// side by side.

#include "session/session_table.h"
#include "session/session_table_layout.h"
#include "session_table_checker.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace auth {
namespace {

using test::digest_of;
using test::id_of;
using test::identity_of;
using test::in_epoch;

// Sessions by number, users by number; expired sessions are not there.
class model
{
public:
    explicit model(std::uint32_t capacity) : capacity_(capacity) {}

    void expire(const session_limits& limits, std::uint64_t now)
    {
        for (auto it = sessions.begin(); it != sessions.end();) {
            const bool dead = now - it->second.last_seen >= limits.idle_ms ||
                              now - it->second.created >= limits.lifetime_ms;
            it = dead ? sessions.erase(it) : std::next(it);
        }
    }

    session_insert insert(std::uint64_t number, std::uint64_t user,
                          const std::string& name, std::int64_t epoch,
                          bool secure, const session_limits& limits,
                          std::uint64_t now)
    {
        if (epoch < epoch_of(user)) {
            return session_insert::stale_epoch;
        }
        if (sessions.count(number) != 0) {
            return session_insert::full;
        }
        raise_epoch(user, epoch);
        std::vector<std::pair<std::uint64_t, std::uint64_t>> own;
        for (const auto& [other, session] : sessions) {
            if (session.user == user) {
                own.emplace_back(session.created, other);
            }
        }
        std::sort(own.begin(), own.end());
        for (std::size_t i = 0; i + limits.per_user <= own.size(); ++i) {
            sessions.erase(own[i].second);
        }
        if (sessions.size() == capacity_) {
            return session_insert::full;
        }
        sessions[number] = {user, secure, now, now, epoch};
        names[user] = name;
        return session_insert::done;
    }

    bool find(std::uint64_t number, bool secure, std::uint64_t touch_interval,
              std::uint64_t now)
    {
        const auto it = sessions.find(number);
        if (it == sessions.end() || it->second.secure != secure) {
            return false;
        }
        if (now - it->second.last_seen >= touch_interval) {
            it->second.last_seen = now;
        }
        return true;
    }

    std::uint32_t remove_user(std::uint64_t user)
    {
        return raise_epoch(user, INT64_MAX);
    }

    std::uint32_t raise_epoch(std::uint64_t user, std::int64_t epoch)
    {
        std::uint32_t removed = 0;
        for (auto it = sessions.begin(); it != sessions.end();) {
            if (it->second.user == user && it->second.epoch < epoch) {
                it = sessions.erase(it);
                ++removed;
            } else {
                ++it;
            }
        }
        return removed;
    }

    // That of the sessions there are; a user without any has none.
    std::int64_t epoch_of(std::uint64_t user) const
    {
        for (const auto& [number, session] : sessions) {
            if (session.user == user) {
                return session.epoch;
            }
        }
        return INT64_MIN;
    }

    struct session {
        std::uint64_t user;
        bool secure;
        std::uint64_t created, last_seen;
        std::int64_t epoch;
    };
    std::map<std::uint64_t, session> sessions;
    std::map<std::uint64_t, std::string> names;

private:
    std::size_t capacity_;
};

class both
{
public:
    both(std::size_t size, unsigned seed)
        : memory_(size / 8),
          table_(session_table::format(memory_.data(), size)),
          model_(table_.capacity()), random_(seed)
    {}

    void step()
    {
        now_ += 1 + below(200);
        // Expired sessions that are still in memory count for remove_user(),
        // and would come back if a reload raised the limits.
        test::purge(table_, memory_.data(), limits_, now_);
        model_.expire(limits_, now_);

        const std::uint64_t number = below(numbers);
        const std::uint64_t user = below(users);
        const bool secure = below(4) != 0;
        switch (below(16)) {
        case 0:
        case 1:
        case 2:
        case 3:
            insert(number, user, secure);
            break;
        case 4:
            ASSERT_EQ(table_.remove(digest_of(number)),
                      model_.sessions.erase(number) == 1);
            break;
        case 5:
            if (below(4) == 0) {
                ASSERT_EQ(table_.remove_user(id_of(user)),
                          model_.remove_user(user));
            } else {
                raise(user);
            }
            break;
        case 6:
            if (below(50) == 0) {
                limits_ = {20'000 + below(20'000), 60'000 + below(60'000),
                           static_cast<std::uint32_t>(1 + below(12))};
            }
            break;
        case 7:
            recover();
            break;
        case 8:
            now_ += below(20) == 0 ? 15'000 : 0;
            break;
        default:
            find(number, secure);
        }
    }

    void check()
    {
        test::purge(table_, memory_.data(), limits_, now_);
        model_.expire(limits_, now_);
        ASSERT_EQ(test::defects(memory_.data(), memory_.size() * 8), "");
        const test::sessions_seen seen = test::sessions_in(memory_.data());
        ASSERT_EQ(seen.size(), model_.sessions.size());
        for (const auto& [number, session] : model_.sessions) {
            const test::session_seen expected{id_of(session.user),
                                              model_.names[session.user],
                                              "reader",
                                              session.secure,
                                              session.created,
                                              session.last_seen,
                                              session.epoch};
            ASSERT_TRUE(seen.at(digest_of(number)) == expected);
        }
    }

private:
    static constexpr std::uint64_t numbers = 300;
    static constexpr std::uint64_t users = 40;

    std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

    void insert(std::uint64_t number, std::uint64_t user, bool secure)
    {
        const std::string name = "name" + std::to_string(below(2));
        const std::int64_t epoch = some_epoch(user);
        ASSERT_EQ(
            table_.insert(digest_of(number),
                          in_epoch(epoch, identity_of(user, name, "reader")),
                          secure, limits_, now_),
            model_.insert(number, user, name, epoch, secure, limits_, now_));
    }

    // What the store may have said: mostly that of now, or it comes late.
    std::int64_t some_epoch(std::uint64_t user)
    {
        std::int64_t& epoch = epochs_[user];
        epoch += below(20) == 0 ? 1 : 0;
        return epoch - (below(20) == 0 ? 1 : 0);
    }

    void raise(std::uint64_t user)
    {
        const std::int64_t epoch = some_epoch(user);
        if (below(2) == 0) {
            ASSERT_EQ(table_.raise_epoch(id_of(user), epoch),
                      model_.raise_epoch(user, epoch));
            return;
        }
        const session_identity who =
            in_epoch(epoch, identity_of(user, model_.names[user], "reader"));
        const std::int64_t known = model_.epoch_of(user);
        ASSERT_EQ(table_.update_user(who, who),
                  known == INT64_MIN || epoch < known ? session_update::ignored
                  : epoch > known                     ? session_update::ended
                                                      : session_update::done);
        model_.raise_epoch(user, epoch);
    }

    void find(std::uint64_t number, bool secure)
    {
        session_identity who;
        const bool found =
            table_.find(digest_of(number), secure, limits_, now_, who);
        ASSERT_EQ(found, model_.find(number, secure, 1000, now_));
        if (found) {
            const std::uint64_t user = model_.sessions[number].user;
            ASSERT_EQ(who.user_id(), id_of(user));
            ASSERT_EQ(who.name(), model_.names[user]);
            ASSERT_EQ(who.epoch, model_.sessions[number].epoch);
        }
    }

    void recover()
    {
        ASSERT_FALSE(table_.recover_if_needed());
        reinterpret_cast<session_layout::header*>(memory_.data())->mutating = 1;
        ASSERT_TRUE(table_.recover_if_needed());
        ASSERT_FALSE(table_.recover_if_needed());
    }

    std::vector<std::uint64_t> memory_;
    session_table table_;
    model model_;
    std::mt19937_64 random_;
    std::map<std::uint64_t, std::int64_t> epochs_;
    session_limits limits_{30'000, 90'000, 8};
    std::uint64_t now_ = 1'000'000;
};

TEST(session_table_model, random_operations_agree)
{
    // Capacities that are never full, nearly always full, and tiny.
    for (const std::size_t size : {300'000, 60'000, 20'000}) {
        both tables(size, static_cast<unsigned>(size));
        for (int i = 0; i < 150'000; ++i) {
            tables.step();
            if (i % 500 == 0) {
                tables.check();
            }
            if (::testing::Test::HasFatalFailure()) {
                FAIL() << "operation " << i << ", size " << size;
            }
        }
    }
}

// Clocks of several workers, purges only as inserts make them.
TEST(session_table_model, lagging_clocks_leave_the_lists_in_order)
{
    std::vector<std::uint64_t> memory(60'000 / 8);
    session_table table =
        session_table::format(memory.data(), memory.size() * 8);
    const session_limits limits{3'000, 9'000, 5};
    std::mt19937_64 random(1);
    session_identity who;
    for (int i = 0; i < 100'000; ++i) {
        const std::uint64_t now = 1'000'000 + i * 3 - random() % 100;
        const session_digest digest = digest_of(random() % 300);
        if (random() % 3 == 0) {
            const std::uint64_t user = random() % 40;
            table.insert(digest, identity_of(user), true, limits, now);
        } else {
            table.find(digest, true, limits, now, who);
        }
        if (i % 500 == 0) {
            ASSERT_EQ(test::defects(memory.data(), memory.size() * 8), "");
        }
    }
    EXPECT_GT(table.live_sessions(), 10u);
}

} // namespace
} // namespace auth
