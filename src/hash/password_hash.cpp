#include "hash/password_hash.h"

#include "hash/argon2_hash.h"
#include "hash/hash_format.h"

#include "base/random_bytes.h"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace auth {

namespace {

constexpr std::uint32_t max_memory_kib = 1024 * 1024;
constexpr std::uint32_t max_time = 16;
constexpr std::uint32_t max_lanes = 16;
constexpr std::uint32_t kib_per_lane = 8;

std::uint64_t work_of(const hash_cost& cost)
{
    return std::uint64_t{cost.memory_kib} * cost.time;
}

} // namespace

bool hash_cost::meets_floor() const noexcept
{
    constexpr struct {
        std::uint32_t memory_mib, time;
    } pairs[] = {{46, 1}, {19, 2}, {12, 3}, {9, 4}, {7, 5}};

    for (const auto& pair : pairs) {
        if (memory_kib >= pair.memory_mib * 1024 && time >= pair.time) {
            return true;
        }
    }
    return false;
}

bool hash_cost::within_cap() const noexcept
{
    return time >= 1 && time <= max_time && lanes >= 1 && lanes <= max_lanes &&
           memory_kib >= kib_per_lane * lanes && memory_kib <= max_memory_kib;
}

secret hash_password(std::string_view password, const hash_cost& cost)
{
    if (!cost.within_cap()) {
        throw std::runtime_error("password hash: cost out of range");
    }
    argon2_hash hash;
    hash.cost = cost;
    hash.salt_size = argon2_hash::new_salt_size;
    hash.tag.size = argon2_hash::new_tag_size;
    require_random(hash.salt.data(), hash.salt_size);
    compute_argon2(password, hash);
    return format_argon2(hash);
}

verdict verify_password(std::string_view password, std::string_view stored)
{
    const hash_reading reading = read_stored_hash(stored);
    if (reading.hash == nullptr) {
        return verdict::unusable;
    }
    return reading.hash->matches(password) ? verdict::match : verdict::mismatch;
}

std::string why_unusable(std::string_view stored)
{
    return read_stored_hash(stored).problem;
}

std::string blank_hash(std::string_view stored)
{
    const hash_reading reading = read_stored_hash(stored);
    return reading.hash == nullptr ? std::string() : reading.hash->blank();
}

bool needs_rehash(std::string_view stored, const hash_cost& wanted) noexcept
{
    argon2_hash hash;
    return !parse_argon2(stored, hash) || !hash.is_of_new_kind() ||
           work_of(hash.cost) < work_of(wanted);
}

hash_cost rehash_cost(std::string_view stored, const hash_cost& wanted) noexcept
{
    stored = stored.substr(std::min(stored.find("$argon2"), stored.size()));
    argon2_hash hash;
    return parse_argon2(stored, hash) && hash.cost.within_cap() &&
                   work_of(hash.cost) > work_of(wanted)
               ? hash.cost
               : wanted;
}

} // namespace auth
