#include "hash/dummy_hash.h"

#include "base/ascii.h"
#include "base/sha256.h"
#include "hash/phc_string.h"

#include <array>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <utility>

namespace auth {

namespace {

/// Until all hashes are counted for the first time, this many stand for them.
/// They are read in a moment.
constexpr std::size_t first_look = 1000;

std::string blank_of(const hash_cost& cost)
{
    argon2_hash hash;
    hash.cost = cost;
    hash.salt_size = argon2_hash::new_salt_size;
    hash.tag.size = argon2_hash::new_tag_size;
    return blank_hash(format_argon2(hash).view());
}

/// Two numbers. Without the key nobody can tell them from random numbers.
std::array<std::uint64_t, 2> keyed_numbers(const secret& key,
                                           std::string_view text)
{
    sha256_digest mac;
    if (!hmac_sha256(key.view(), text, mac)) {
        throw std::runtime_error("HMAC failed");
    }
    std::array<std::uint64_t, 2> numbers{};
    std::memcpy(numbers.data(), mac.data(), sizeof(numbers));
    return numbers;
}

/// Spreads a number's bits over all of it (the finalizer of SplitMix64).
std::uint64_t mix(std::uint64_t bits)
{
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9U;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebU;
    return bits ^ bits >> 31;
}

/// FNV-1a. It is the same in every worker, whatever other kinds there are.
std::uint64_t mark_of(std::string_view text)
{
    std::uint64_t mark = 0xcbf29ce484222325U;
    for (const char c : text) {
        mark = (mark ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
    }
    return mark;
}

/// 53 bits as a number over 0 and below 1.
double fraction(std::uint64_t bits)
{
    return (static_cast<double>(bits >> 11) + 0.5) * 0x1p-53;
}

} // namespace

dummy_hashes::dummy_hashes(const hash_cost& cost, secret key)
    : usual_(blank_of(cost)), key_(std::move(key))
{}

bool dummy_hashes::are_counted() const
{
    const std::lock_guard<std::mutex> lock(mutex_);
    return kinds_ != nullptr;
}

void dummy_hashes::publish(const counts& counted)
{
    auto known = std::make_shared<kinds>();
    for (const auto& [blank, count] : counted) {
        known->push_back({blank, mark_of(blank), static_cast<double>(count)});
    }
    const std::lock_guard<std::mutex> lock(mutex_);
    kinds_ = std::move(known);
}

void dummy_hashes::count(const reader& read_all,
                         const std::function<bool()>& go_on)
{
    const bool first = !are_counted();
    counts counted;
    std::size_t seen = 0;
    bool whole = true;
    const bool read = read_all([&](std::string_view stored) {
        std::string blank = blank_hash(stored);
        if (!blank.empty()) {
            ++counted[std::move(blank)];
        }
        if (++seen == first_look && first) {
            publish(counted);
        }
        whole = go_on();
        return whole;
    });
    if (read && whole) {
        publish(counted);
    }
}

/// Each kind draws a time at which it would come, by its share, and the first
/// kind is taken. If a kind becomes more or less common, only the names change
/// that it gets or loses. All other names keep their kind.
std::string dummy_hashes::pick(std::string_view name) const
{
    std::shared_ptr<const kinds> known;
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        known = kinds_;
    }
    const auto numbers =
        keyed_numbers(key_, "dummy hash for " + to_ascii_lower(name));
    const std::string* first = &usual_;
    double earliest = HUGE_VAL;
    if (known != nullptr) {
        for (const kind& candidate : *known) {
            const std::uint64_t drawn =
                mix(mix(numbers[0] ^ candidate.mark) + numbers[1]);
            const double time = -std::log(fraction(drawn)) / candidate.share;
            if (time < earliest) {
                earliest = time;
                first = &candidate.blank;
            }
        }
    }
    return *first;
}

} // namespace auth
