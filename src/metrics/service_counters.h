#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace auth {

/// A count in memory that processes share. Zeroed memory is a count of 0. Any
/// process and any thread may add to it without a lock.
class shared_counter
{
public:
    void add(std::uint64_t more = 1) noexcept
    {
        value_.fetch_add(more, std::memory_order_relaxed);
    }
    std::uint64_t value() const noexcept
    {
        return value_.load(std::memory_order_relaxed);
    }

private:
    static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
    std::atomic<std::uint64_t> value_{0};
};

/// How often something was done, and how long all of that took.
class shared_stopwatch
{
public:
    void add(std::chrono::microseconds took) noexcept
    {
        times_.add();
        microseconds_.add(static_cast<std::uint64_t>(took.count()));
    }
    std::uint64_t times() const noexcept { return times_.value(); }
    std::uint64_t microseconds() const noexcept
    {
        return microseconds_.value();
    }

private:
    shared_counter times_;
    shared_counter microseconds_;
};

/// A counter for each value of an enumeration whose last value is `count`.
template <class Label, class Counter = shared_counter>
class counters_by
{
public:
    static constexpr auto size = static_cast<std::size_t>(Label::count);

    Counter& operator[](Label which) noexcept
    {
        return all_[static_cast<std::size_t>(which)];
    }
    const Counter& operator[](Label which) const noexcept
    {
        return all_[static_cast<std::size_t>(which)];
    }

private:
    std::array<Counter, size> all_;
};

/// What has become of a question to the zone for a cookie's session.
enum class zone_answer { hit, miss, count };

/// What has become of a look-up of a session in the store.
enum class lookup_result {
    found,
    absent,
    unavailable, ///< the store has failed
    turned_away, ///< there was no turn for it
    count
};

/// How the form of the login page was answered.
enum class login_result {
    accepted,
    refused,
    throttled,   ///< over a limit of attempts
    turned_away, ///< there was no turn for it
    unavailable, ///< the store has failed, or there is no room for a session
    abandoned,   ///< the client has left before the answer
    count
};

/// How the form of the registration page was answered.
enum class registration_result {
    registered,
    taken,
    invalid,
    throttled,
    turned_away,
    unavailable,
    abandoned,
    count
};

/// For what a thread calls the store.
enum class store_work {
    account,    ///< a form that somebody has sent
    look_up,    ///< a session that the zone does not know
    background, ///< no request waits for it
    count
};

/// How a call of the store has failed.
enum class store_error {
    unavailable, ///< down, slow, cut off, damaged, replaced
    refused,     ///< not allowed: password, rights, read-only, another's index
    full,        ///< its disk is full
    locked,      ///< another program keeps it locked
    unknown,     ///< a write of which nobody knows whether it was done
    unusable,    ///< what is stored, or was to be, cannot be used
    count
};

/// What a realm has done since its zone was made, all workers together. It
/// stands in the realm's zone of sessions, and only grows.
struct service_counters {
    counters_by<zone_answer> zone_answers; ///< of each protected request
    counters_by<lookup_result> lookups;
    counters_by<login_result> logins;
    counters_by<registration_result> registrations;
    shared_stopwatch hashes;
    counters_by<store_work, shared_stopwatch> store_calls;
    counters_by<store_error> store_errors;
};

} // namespace auth
