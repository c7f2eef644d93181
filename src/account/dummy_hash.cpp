#include "dummy_hash.h"

#include "phc_string.h"
#include "username.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cmath>
#include <cstring>
#include <map>
#include <stdexcept>
#include <utility>

namespace auth {

namespace {

/// How long the first login waits for another one's sample: no longer than
/// the store's own limits.
constexpr std::chrono::seconds patience{2};

std::string blank_of(const hash_cost& cost)
{
    argon2_hash hash;
    hash.cost = cost;
    hash.salt_size = argon2_hash::min_bytes;
    hash.tag.size = argon2_hash::min_bytes;
    return blank_hash(format_argon2(hash).view());
}

/// Two numbers that only the key's owner can tell from random ones.
std::array<std::uint64_t, 2> keyed_numbers(const secret& key,
                                           std::string_view text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    const std::string_view bytes = key.view();
    if (HMAC(EVP_sha256(), bytes.data(), static_cast<int>(bytes.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(),
             digest.data(), nullptr) == nullptr) {
        throw std::runtime_error("HMAC failed");
    }
    std::array<std::uint64_t, 2> numbers{};
    std::memcpy(numbers.data(), digest.data(), sizeof(numbers));
    return numbers;
}

/// Spreads a number's bits over all of it (the finalizer of SplitMix64).
std::uint64_t mix(std::uint64_t bits)
{
    bits = (bits ^ bits >> 30) * 0xbf58476d1ce4e5b9U;
    bits = (bits ^ bits >> 27) * 0x94d049bb133111ebU;
    return bits ^ bits >> 31;
}

/// FNV-1a: the same in every worker, whatever else was sampled.
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

/// Whether the caller is the one to sample; then it calls end().
bool dummy_hashes::begin(clock::time_point now)
{
    std::unique_lock<std::mutex> lock(mutex_);
    if (sampling_ && kinds_ == nullptr) {
        first_sampled_.wait_for(lock, patience, [this] { return !sampling_; });
    }
    if (sampling_ || now < next_) {
        return false;
    }
    sampling_ = true;
    return true;
}

void dummy_hashes::end(std::shared_ptr<const kinds> sampled,
                       clock::time_point next)
{
    const std::lock_guard<std::mutex> lock(mutex_);
    sampling_ = false;
    next_ = next;
    if (sampled != nullptr) {
        kinds_ = std::move(sampled);
    }
    first_sampled_.notify_all();
}

std::string dummy_hashes::refresh(user_store& store, clock::time_point now)
{
    if (!begin(now)) {
        return {};
    }
    try {
        std::vector<secret> passwords;
        store_answer answer = store.sample_passwords(sample_size, passwords);
        if (!answer.done()) {
            end(nullptr, now + pause);
            return std::move(answer.detail);
        }
        const bool few = passwords.size() <= sample_size / 2;
        end(std::make_shared<const kinds>(count(passwords)),
            now + (few ? of_few_users : of_many_users));
    } catch (...) {
        end(nullptr, now + pause);
        throw;
    }
    return {};
}

dummy_hashes::kinds dummy_hashes::count(const std::vector<secret>& passwords)
{
    std::map<std::string, std::size_t> counts;
    for (const secret& password : passwords) {
        std::string blank = blank_hash(password.view());
        if (!blank.empty()) {
            ++counts[std::move(blank)];
        }
    }
    kinds counted;
    for (const auto& [blank, count] : counts) {
        counted.push_back({blank, mark_of(blank), static_cast<double>(count)});
    }
    return counted;
}

/// Each kind draws a time at which it would come, by its share; the first one
/// is taken. So a kind that becomes more or less common moves only the names
/// that it gets or loses, and all others keep theirs.
std::string dummy_hashes::pick(std::string_view name) const
{
    std::shared_ptr<const kinds> known;
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        known = kinds_;
    }
    const auto numbers =
        keyed_numbers(key_, "dummy hash for " + fold_username(name));
    const std::string* first = &usual_;
    double earliest = HUGE_VAL;
    if (known != nullptr) {
        for (const kind& one : *known) {
            const std::uint64_t drawn =
                mix(mix(numbers[0] ^ one.mark) + numbers[1]);
            const double time = -std::log(fraction(drawn)) / one.share;
            if (time < earliest) {
                earliest = time;
                first = &one.blank;
            }
        }
    }
    return *first;
}

} // namespace auth
