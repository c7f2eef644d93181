#pragma once

// What the memory of an attempt table looks like, and what its numbers mean. It
// is private to the table and to the tests that examine the memory.

#include "throttle/attempt_table.h"

#include "base/barrier.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>

namespace auth::attempt_layout {

constexpr std::uint32_t table_magic = 0xa77e3975;
constexpr std::uint32_t set_size = 8;

// The state of a live counter is this plus its kind; with any other state it is
// free. A damaged word is unlikely to bring a counter to life.
constexpr std::uint32_t live_counter = 0x3c0c7e40;
constexpr std::uint32_t kinds = 7;

struct header {
    // Written once, by format().
    std::uint32_t magic;
    std::uint32_t sets;
    attempt_table_key key;
    // How many counters were ever begun.
    std::uint64_t serials;
};

struct counter {
    std::uint64_t key; // the hash of what is counted
    std::uint64_t serial;
    std::uint64_t first, last; // when these attempts were admitted
    std::uint32_t failures;
    std::uint32_t state; // written last when it becomes live, first when not
};

static_assert(sizeof(header) % 8 == 0 && alignof(header) <= 8);
static_assert(sizeof(counter) == attempt_table::bytes_per_counter);
static_assert(std::is_trivially_copyable_v<counter>);

struct plan_entry {
    attempt_kind kind;
    std::uint64_t key;
    std::uint32_t place; // of the counter; 0: not there yet
    bool known;          // the counter is there, forgotten or not
    std::uint32_t moves; // to where the counter in `place` goes; 0: nowhere
};

// What reserve() is about to do. It writes nothing before the plan is whole.
struct plan {
    const attempt_limits& limits;
    std::uint64_t now_ms;
    plan_entry entries[4]{};
    std::uint32_t size = 0;

    bool holds(std::uint32_t place) const noexcept
    {
        return std::any_of(
            entries, entries + size, [=](const plan_entry& entry) {
                return entry.place == place || entry.moves == place;
            });
    }
};

struct rule {
    std::uint64_t failures; // the limit; 0: there is none
    std::uint64_t window_ms, delay_ms;
};

inline rule rule_of(attempt_kind kind, const attempt_limits& limits) noexcept
{
    constexpr std::uint64_t per_network = 5;
    const login_limits& login = limits.login;
    const registration_limits& registration = limits.registration;
    const auto of_login = [&](std::uint64_t failures) {
        return rule{failures, login.window_ms, login.delay_ms};
    };
    const auto of_registration = [&](std::uint64_t failures) {
        return rule{failures, registration.window_ms, registration.delay_ms};
    };
    switch (kind) {
    case attempt_kind::user:
        return of_login(login.user);
    case attempt_kind::user_total:
        return of_login(login.user_total);
    case attempt_kind::address:
        return of_login(login.address);
    case attempt_kind::network:
        return of_login(login.address * per_network);
    case attempt_kind::device:
        return of_login(login.device);
    case attempt_kind::registration:
        return of_registration(registration.address);
    case attempt_kind::registration_network:
        return of_registration(registration.address * per_network);
    }
    return {};
}

inline bool live(const counter& which) noexcept
{
    return which.state - live_counter < kinds;
}

inline attempt_kind kind_of(const counter& which) noexcept
{
    return static_cast<attempt_kind>(which.state - live_counter);
}

// A counter from further ahead than this is damaged (see attempt_table.h).
constexpr std::uint64_t clock_tolerance_ms = 10 * 60 * 1000;

// How long the delay lasts after the last failure.
inline std::uint64_t delay_ms(std::uint64_t failures, const rule& by) noexcept
{
    constexpr std::uint64_t first_ms = 30'000;
    if (failures < by.failures) {
        return 0;
    }
    const std::uint64_t beyond = failures - by.failures;
    return beyond < 32 ? std::min(first_ms << beyond, by.delay_ms)
                       : by.delay_ms;
}

// How much longer a counter that is not forgotten refuses attempts.
inline std::uint64_t delay_left(const counter& which, const rule& by,
                                std::uint64_t now_ms) noexcept
{
    const std::uint64_t until = which.last + delay_ms(which.failures, by);
    return which.failures >= by.failures && until > now_ms ? until - now_ms : 0;
}

inline bool forgotten(const counter& which, const rule& by,
                      std::uint64_t now_ms) noexcept
{
    const std::uint64_t newest = now_ms + clock_tolerance_ms;
    if (by.failures == 0 || which.first > newest || which.last > newest) {
        return true;
    }
    const std::uint64_t since = which.failures < by.failures
                                    ? which.first
                                    : which.last + delay_ms(which.failures, by);
    return now_ms >= since && now_ms - since >= by.window_ms;
}

// By the rule of the counter's own kind.
inline bool is_forgotten(const counter& which, const plan& plan)
{
    return !live(which) ||
           forgotten(which, rule_of(kind_of(which), plan.limits), plan.now_ms);
}

inline std::uint64_t delay_left(const counter& which, const plan& plan)
{
    return delay_left(which, rule_of(kind_of(which), plan.limits), plan.now_ms);
}

// SipHash-2-4 (Aumasson, Bernstein), a keyed hash for a few bytes. It takes 20
// ns and a page of code. OpenSSL's hashes fetch and allocate, and take twenty
// times as long, while the caller holds a lock that all workers share.
class sip_hash
{
public:
    explicit sip_hash(const attempt_table_key& key) noexcept
    {
        std::uint64_t half[2];
        std::memcpy(half, key.data(), sizeof half);
        v0_ = half[0] ^ UINT64_C(0x736f6d6570736575);
        v1_ = half[1] ^ UINT64_C(0x646f72616e646f6d);
        v2_ = half[0] ^ UINT64_C(0x6c7967656e657261);
        v3_ = half[1] ^ UINT64_C(0x7465646279746573);
    }

    void add(std::uint64_t word) noexcept
    {
        v3_ ^= word;
        round();
        round();
        v0_ ^= word;
    }

    std::uint64_t finish(std::uint64_t last_word) noexcept
    {
        add(last_word);
        v2_ ^= 0xff;
        for (int i = 0; i < 4; ++i) {
            round();
        }
        return v0_ ^ v1_ ^ v2_ ^ v3_;
    }

private:
    static std::uint64_t rotated(std::uint64_t word, unsigned by) noexcept
    {
        return word << by | word >> (64 - by);
    }

    void round() noexcept
    {
        v0_ += v1_;
        v1_ = rotated(v1_, 13) ^ v0_;
        v0_ = rotated(v0_, 32);
        v2_ += v3_;
        v3_ = rotated(v3_, 16) ^ v2_;
        v0_ += v3_;
        v3_ = rotated(v3_, 21) ^ v0_;
        v2_ += v1_;
        v1_ = rotated(v1_, 17) ^ v2_;
        v2_ = rotated(v2_, 32);
    }

    std::uint64_t v0_, v1_, v2_, v3_;
};

// In this machine's byte order (the published values are little-endian).
inline std::uint64_t hash_of(const attempt_table_key& key,
                             std::string_view text) noexcept
{
    sip_hash hash(key);
    const std::uint64_t size = text.size();
    std::uint64_t word = 0;
    while (text.size() >= sizeof word) {
        std::memcpy(&word, text.data(), sizeof word);
        hash.add(word);
        text.remove_prefix(sizeof word);
    }
    word = 0;
    if (!text.empty()) {
        std::memcpy(&word, text.data(), text.size());
    }
    return hash.finish(word | size << 56);
}

} // namespace auth::attempt_layout
