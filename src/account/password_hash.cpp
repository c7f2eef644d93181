#include "password_hash.h"

#include "bcrypt_hash.h"
#include "phc_string.h"
#include "werkzeug_hash.h"

#include "bytes/random_bytes.h"

#include <argon2.h>
#include <sys/mman.h>

#include <cerrno>
#include <limits>
#include <stdexcept>
#include <string>
#include <system_error>

namespace auth {

namespace {

constexpr std::uint32_t max_memory_kib = 1024 * 1024;
constexpr std::uint32_t max_time = 16;
constexpr std::uint32_t max_lanes = 16;
constexpr std::uint32_t kib_per_lane = 8;

constexpr std::size_t new_salt_size = 16;
constexpr std::size_t new_tag_size = 32;

/// Working memory straight from the kernel. malloc would keep tens of MiB in
/// the arena of every thread that ever computed a hash.
int map_memory(std::uint8_t** memory, std::size_t size)
{
    void* mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) {
        return -1;
    }
    // Both only advise: fewer page faults, and no traces in a core dump.
    madvise(mapped, size, MADV_HUGEPAGE);
    madvise(mapped, size, MADV_DONTDUMP);
    *memory = static_cast<std::uint8_t*>(mapped);
    return 0;
}

void unmap_memory(std::uint8_t* memory, std::size_t size)
{
    munmap(memory, size);
}

/// Computes the tag of `tag_size` bytes for everything else that is set.
void compute_tag(std::string_view password, argon2_hash& hash)
{
    if (password.size() > std::numeric_limits<std::uint32_t>::max()) {
        throw std::runtime_error("password hash: the password is too long");
    }
    argon2_context context{};
    context.out = hash.tag.data();
    context.outlen = static_cast<std::uint32_t>(hash.tag_size);
    // Only read: ARGON2_FLAG_CLEAR_PASSWORD is not set, because the password
    // is its owner's to wipe. The library wipes what it derives from it.
    context.pwd =
        reinterpret_cast<std::uint8_t*>(const_cast<char*>(password.data()));
    context.pwdlen = static_cast<std::uint32_t>(password.size());
    context.salt = hash.salt.data();
    context.saltlen = static_cast<std::uint32_t>(hash.salt_size);
    context.t_cost = hash.cost.time;
    context.m_cost = hash.cost.memory_kib;
    context.lanes = hash.cost.lanes;
    context.threads = 1;
    context.version = ARGON2_VERSION_13;
    context.allocate_cbk = map_memory;
    context.free_cbk = unmap_memory;

    bool mixed = hash.kind == argon2_hash::variant::argon2id;
    int error = argon2_ctx(&context, mixed ? Argon2_id : Argon2_i);
    if (error != ARGON2_OK) {
        throw std::runtime_error("password hash of " +
                                 std::to_string(hash.cost.memory_kib) +
                                 " KiB failed: " + argon2_error_message(error));
    }
}

bool parse_usable(std::string_view stored, argon2_hash& parsed)
{
    return parse_argon2(stored, parsed) && parsed.cost.within_cap();
}

/// Compares without stopping at the first difference.
bool equal(const argon2_hash& one, const argon2_hash& other)
{
    volatile auto difference =
        static_cast<std::uint8_t>(one.tag_size != other.tag_size);
    for (std::size_t i = 0; i < one.tag.size(); ++i) {
        difference = difference | (one.tag[i] ^ other.tag[i]);
    }
    return difference == 0;
}

verdict verify_argon2(std::string_view password, std::string_view stored)
{
    argon2_hash expected;
    if (!parse_usable(stored, expected)) {
        return verdict::unusable;
    }
    argon2_hash actual;
    actual.kind = expected.kind;
    actual.cost = expected.cost;
    actual.salt = expected.salt;
    actual.salt_size = expected.salt_size;
    actual.tag_size = expected.tag_size;
    compute_tag(password, actual);
    return equal(actual, expected) ? verdict::match : verdict::mismatch;
}

/// blank_hash() of an Argon2 hash. The sizes of salt and tag, which differ
/// between programs, are nothing against the rest.
std::string blank_argon2(std::string_view stored)
{
    argon2_hash hash;
    if (!parse_usable(stored, hash)) {
        return {};
    }
    hash.salt.fill(0);
    hash.salt_size = new_salt_size;
    hash.tag.fill(0);
    hash.tag_size = new_tag_size;
    return std::string(format_argon2(hash).view());
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
    hash.salt_size = new_salt_size;
    hash.tag_size = new_tag_size;
    if (!fill_random(hash.salt.data(), hash.salt_size)) {
        throw std::system_error(errno, std::generic_category(),
                                "getrandom() failed");
    }
    compute_tag(password, hash);
    return format_argon2(hash);
}

verdict verify_password(std::string_view password, std::string_view stored)
{
    for (auto verify : {verify_argon2, verify_werkzeug, verify_bcrypt}) {
        verdict answer = verify(password, stored);
        if (answer != verdict::unusable) {
            return answer;
        }
    }
    return verdict::unusable;
}

std::string blank_hash(std::string_view stored)
{
    for (auto blank : {blank_argon2, blank_werkzeug, blank_bcrypt}) {
        std::string made = blank(stored);
        if (!made.empty()) {
            return made;
        }
    }
    return {};
}

bool needs_rehash(std::string_view stored, const hash_cost& wanted) noexcept
{
    auto work = [](const hash_cost& cost) {
        return std::uint64_t{cost.memory_kib} * cost.time;
    };
    argon2_hash hash;
    return !parse_argon2(stored, hash) || work(hash.cost) < work(wanted);
}

} // namespace auth
