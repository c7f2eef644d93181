#include "throttle/process_id.h"

#include "base/descriptor.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace auth {

namespace {

/// Field 22 of /proc/PID/stat (proc(5)), or 0. The second field, a name in
/// parentheses, may hold anything, so fields are counted from the last one.
std::uint64_t start_of(std::int32_t pid) noexcept
{
    char path[32];
    if (std::snprintf(path, sizeof path, "/proc/%d/stat",
                      static_cast<int>(pid)) < 0) {
        return 0;
    }
    const descriptor file(open(path, O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) {
        return 0;
    }
    char text[1024];
    const ssize_t size = read(file.get(), text, sizeof text - 1);
    if (size <= 0) {
        return 0;
    }
    text[size] = '\0';
    const char* field = std::strrchr(text, ')');
    for (int number = 2; field != nullptr && number < 22; ++number) {
        field = std::strchr(field + 1, ' ');
    }
    return field == nullptr ? 0 : std::strtoull(field, nullptr, 10);
}

} // namespace

process_id process_of(std::int32_t pid) noexcept
{
    return {pid, start_of(pid)};
}

bool lives(const process_id& process) noexcept
{
    if (kill(process.pid, 0) != 0 && errno == ESRCH) {
        return false;
    }
    if (process.started == 0) {
        return true;
    }
    const std::uint64_t started = start_of(process.pid);
    return started == 0 || started == process.started;
}

} // namespace auth
