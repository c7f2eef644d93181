#pragma once

#include "mongo_stand_in.h"
#include "session_test_store.h"
#include "test_store.h"

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <thread>

namespace auth_test {

/// Stores whose server answers a command after `delays_`. One operation has ten
/// and a half seconds.
class store_time_fixture : public testing::Test
{
protected:
    auth::opened_store open(const std::string& limits = "socketTimeoutMS=10000")
    {
        return auth::open_store(
            auth::parse_store_uri(server_.uri() + "?" + limits).value(), {},
            {});
    }

    std::string reply_to(const std::string& command, const std::string& body)
    {
        std::unique_lock<std::mutex> lock(mutex_);
        const auto delay = delays_[command];
        lock.unlock();
        std::this_thread::sleep_for(delay);
        lock.lock();
        ++asked_[command];
        last_[command] = body;
        return replies_[command];
    }

    int asked()
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        int all = 0;
        for (const auto& each : asked_) {
            all += each.second;
        }
        return all;
    }
    int asked(const std::string& command)
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        return asked_[command];
    }

    /// For how long the last insert lets the server wait for a majority.
    int confirmation_ms()
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        const std::string& body = last_["insert"];
        const auto at = body.find_first_of("0123456789", body.find("wtimeout"));
        return at == body.npos ? 0 : std::stoi(body.substr(at));
    }

    auth::stored_session some_session()
    {
        return new_session(*stores_.sessions, 1);
    }

    static constexpr auto all = std::chrono::milliseconds(10500);

    std::map<std::string, std::chrono::milliseconds> delays_;
    std::mutex mutex_;
    std::map<std::string, int> asked_;
    std::map<std::string, std::string> last_; ///< body, by command
    std::map<std::string, std::string> replies_{
        {"find", R"({"ok": 1, "cursor": {"id": {"$numberLong": "0"},)"
                 R"( "ns": "d.c", "firstBatch": []}})"},
        {"listIndexes", R"({"ok": 1, "cursor": {"id": {"$numberLong": "0"},)"
                        R"( "ns": "d.c", "firstBatch": []}})"},
        {"createIndexes", R"({"ok": 1})"},
        {"insert", R"({"ok": 1, "n": 1})"},
        {"update", R"({"ok": 1, "n": 1})"},
        {"delete", R"({"ok": 1, "n": 1})"}};
    mongo_stand_in server_{
        [this](const std::string& command, const std::string& body) {
            return reply_to(command, body);
        }};
    auth::opened_store stores_ = open();
    auth::store_time time_;
};

} // namespace auth_test
