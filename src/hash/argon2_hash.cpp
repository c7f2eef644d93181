#include "hash/argon2_hash.h"

#include <argon2.h>
#include <sys/mman.h>

#include <limits>
#include <stdexcept>
#include <string>

namespace auth {

namespace {

constexpr std::size_t blank_salt_size = 16;
constexpr std::size_t blank_tag_size = 32;

/// Working memory straight from the kernel. malloc would keep tens of MiB in
/// the arena of every thread that has computed a hash.
int map_memory(std::uint8_t** memory, std::size_t size)
{
    void* mapped = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) {
        return -1;
    }
    // Both calls only advise: fewer page faults, and nothing in a core dump.
    madvise(mapped, size, MADV_HUGEPAGE);
    madvise(mapped, size, MADV_DONTDUMP);
    *memory = static_cast<std::uint8_t*>(mapped);
    return 0;
}

void unmap_memory(std::uint8_t* memory, std::size_t size)
{
    munmap(memory, size);
}

argon2_type type_of(argon2_hash::variant kind)
{
    switch (kind) {
    case argon2_hash::variant::argon2d:
        return Argon2_d;
    case argon2_hash::variant::argon2i:
        return Argon2_i;
    case argon2_hash::variant::argon2id:
        break;
    }
    return Argon2_id;
}

class stored_argon2 final : public stored_hash
{
public:
    bool read(std::string_view text, hash_fault& fault)
    {
        if (!parse_argon2(text, expected_)) {
            return false;
        }
        if (!expected_.cost.within_cap()) {
            fault = hash_fault::too_costly;
            return false;
        }
        return true;
    }

    bool matches(std::string_view password) const override
    {
        argon2_hash actual;
        actual.kind = expected_.kind;
        actual.version = expected_.version;
        actual.cost = expected_.cost;
        actual.salt = expected_.salt;
        actual.salt_size = expected_.salt_size;
        actual.tag.size = expected_.tag.size;
        compute_argon2(password, actual);
        return actual.tag.equals(expected_.tag);
    }

    /// The sizes of salt and tag differ between programs, and hardly change the
    /// time.
    std::string blank() const override
    {
        argon2_hash hash;
        hash.kind = expected_.kind;
        hash.version = expected_.version;
        hash.cost = expected_.cost;
        hash.salt_size = blank_salt_size;
        hash.tag.size = blank_tag_size;
        return std::string(format_argon2(hash).view());
    }

private:
    argon2_hash expected_;
};

} // namespace

void compute_argon2(std::string_view password, argon2_hash& hash)
{
    if (password.size() > std::numeric_limits<std::uint32_t>::max()) {
        throw std::runtime_error("password hash: the password is too long");
    }
    argon2_context context{};
    context.out = hash.tag.bytes.data();
    context.outlen = static_cast<std::uint32_t>(hash.tag.size);
    // The library only reads the password: ARGON2_FLAG_CLEAR_PASSWORD is not
    // set, because the owner wipes it. The library wipes what it derives from
    // it.
    context.pwd =
        reinterpret_cast<std::uint8_t*>(const_cast<char*>(password.data()));
    context.pwdlen = static_cast<std::uint32_t>(password.size());
    context.salt = hash.salt.data();
    context.saltlen = static_cast<std::uint32_t>(hash.salt_size);
    context.t_cost = hash.cost.time;
    context.m_cost = hash.cost.memory_kib;
    context.lanes = hash.cost.lanes;
    context.threads = 1;
    context.version = hash.version;
    context.allocate_cbk = map_memory;
    context.free_cbk = unmap_memory;

    const int error = argon2_ctx(&context, type_of(hash.kind));
    if (error != ARGON2_OK) {
        throw std::runtime_error("password hash of " +
                                 std::to_string(hash.cost.memory_kib) +
                                 " KiB failed: " + argon2_error_message(error));
    }
}

std::unique_ptr<const stored_hash> read_argon2(std::string_view text,
                                               hash_fault& fault)
{
    auto hash = std::make_unique<stored_argon2>();
    return hash->read(text, fault) ? std::move(hash) : nullptr;
}

std::unique_ptr<const stored_hash> read_django_argon2(std::string_view text,
                                                      hash_fault& fault)
{
    return read_argon2(text.substr(text.find('$')), fault);
}

} // namespace auth
