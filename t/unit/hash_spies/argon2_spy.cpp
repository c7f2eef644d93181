#include "argon2_spy.h"

#include <argon2.h>
#include <dlfcn.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace auth {

std::vector<argon2_spy::call> argon2_spy::calls;
int argon2_spy::fail_after = -1;
bool argon2_spy::no_random = false;

} // namespace auth

using auth::argon2_spy;

extern "C" int argon2_ctx(argon2_context* context, argon2_type type)
{
    argon2_spy::calls.push_back(
        {context->m_cost, context->t_cost, context->lanes, context->threads});
    if (argon2_spy::fail_after >= 0 && argon2_spy::fail_after-- == 0) {
        return ARGON2_MEMORY_ALLOCATION_ERROR;
    }
    using function = int (*)(argon2_context*, argon2_type);
    static auto real =
        reinterpret_cast<function>(dlsym(RTLD_NEXT, "argon2_ctx"));
    return real(context, type);
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
