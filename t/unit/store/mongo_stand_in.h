#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace auth_test {

/// A server that speaks as much of MongoDB's wire protocol as it takes to say
/// what a test wants: what is wrong, or too late, or nothing.
class mongo_stand_in
{
public:
    /// Gives the reply to a command of this name, in JSON, or one of the
    /// constants; `body` is the command itself, in JSON, but for documents
    /// that are sent behind it. The handshake is answered before.
    using script = std::function<std::string(const std::string& command,
                                             const std::string& body)>;

    static constexpr const char* closes = "";    ///< instead of an answer
    static constexpr const char* garbage = "\n"; ///< bytes that are no message
    /// From now on it answers nobody, also no handshake.
    static constexpr const char* dies = "\t";

    /// `ahead_ms`: how far its clock is ahead of this machine's.
    explicit mongo_stand_in(script answers, std::int64_t ahead_ms = 0);
    mongo_stand_in(const mongo_stand_in&) = delete;
    mongo_stand_in& operator=(const mongo_stand_in&) = delete;
    ~mongo_stand_in();

    /// Other servers may not know "hello", or not say what time it is.
    void forget_hello() noexcept { knows_hello_ = false; }
    void forget_time() noexcept { tells_time_ = false; }
    /// From now on it lets a connection wait so long for its first answer.
    void greet_after(std::chrono::milliseconds delay) { delay_ = delay; }
    /// From now on its clock is so far ahead: another server is the primary.
    void set_clock(std::int64_t ahead_ms) { ahead_ms_ = ahead_ms; }

    /// Of database "d".
    std::string uri() const;

private:
    void accept_all();
    void serve(int connection);
    bool answer_one(int connection);
    std::string handshake() const;

    const script answers_;
    std::atomic<std::int64_t> ahead_ms_;
    int socket_;
    int port_ = 0;
    std::atomic<std::chrono::milliseconds> delay_{};
    std::atomic<bool> dead_{false};
    std::atomic<bool> knows_hello_{true};
    std::atomic<bool> tells_time_{true};
    std::mutex mutex_;
    std::list<int> connections_;
    std::list<std::thread> threads_;
    std::thread accepting_;
};

} // namespace auth_test
