#include "argon2_spy.h"

#include <argon2.h>
#include <dlfcn.h>
#include <sodium.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <mutex>

namespace auth {

std::vector<argon2_spy::call> argon2_spy::calls;
int argon2_spy::fail_after = -1;
bool argon2_spy::no_random = false;

} // namespace auth

using auth::argon2_spy;

namespace {

/// Notes a call and says whether it is to fail.
bool fails(const argon2_spy::call& noted)
{
    static std::mutex mutex;
    const std::lock_guard<std::mutex> lock(mutex);
    argon2_spy::calls.push_back(noted);
    return argon2_spy::fail_after >= 0 && argon2_spy::fail_after-- == 0;
}

} // namespace

extern "C" int argon2_ctx(argon2_context* context, argon2_type type)
{
    if (fails({argon2_spy::library::libargon2, context->m_cost, context->t_cost,
               context->lanes, context->threads})) {
        return ARGON2_MEMORY_ALLOCATION_ERROR;
    }
    using function = int (*)(argon2_context*, argon2_type);
    static auto real =
        reinterpret_cast<function>(dlsym(RTLD_NEXT, "argon2_ctx"));
    return real(context, type);
}

extern "C" int
crypto_pwhash_argon2id(unsigned char* out, unsigned long long outlen,
                       const char* passwd, unsigned long long passwdlen,
                       const unsigned char* salt, unsigned long long opslimit,
                       size_t memlimit, int alg)
{
    if (fails({argon2_spy::library::libsodium,
               static_cast<std::uint32_t>(memlimit / 1024),
               static_cast<std::uint32_t>(opslimit), 1, 1})) {
        errno = ENOMEM;
        return -1;
    }
    static auto real = reinterpret_cast<decltype(&crypto_pwhash_argon2id)>(
        dlsym(RTLD_NEXT, "crypto_pwhash_argon2id"));
    return real(out, outlen, passwd, passwdlen, salt, opslimit, memlimit, alg);
}

extern "C" ssize_t getrandom(void* buffer, size_t size, unsigned flags)
{
    // Every other call is interrupted, which the code has to survive.
    static bool interrupted = false;
    interrupted = !interrupted;
    if (argon2_spy::no_random || interrupted) {
        errno = argon2_spy::no_random ? ENOSYS : EINTR;
        return -1;
    }
    return syscall(SYS_getrandom, buffer, size, flags);
}
