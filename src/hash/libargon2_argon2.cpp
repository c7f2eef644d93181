#include "hash/argon2_libraries.h"

#include <argon2.h>
#include <sys/mman.h>

#include <limits>
#include <stdexcept>
#include <string>

namespace auth {

namespace {

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

} // namespace

void compute_with_libargon2(std::string_view password, argon2_hash& hash)
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

} // namespace auth
