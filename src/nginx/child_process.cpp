#include "nginx/child_process.h"

#include "base/secret.h"

#include <cerrno>
#include <cstring>
#include <exception>
#include <grp.h>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

namespace auth {

namespace {

/// Behind an answer that is whole.
constexpr char end_mark = '\0';

bool write_all(int fd, std::string_view text) noexcept
{
    while (!text.empty()) {
        const ssize_t written = write(fd, text.data(), text.size());
        if (written == -1 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

wiped_string read_all(int fd)
{
    wiped_string all;
    char part[4096];
    ssize_t size = 0;
    while ((size = read(fd, part, sizeof part)) > 0 ||
           (size == -1 && errno == EINTR)) {
        all.append(part, size > 0 ? static_cast<std::size_t>(size) : 0);
    }
    wipe_memory(part, sizeof part);
    return all;
}

[[noreturn]] void answer(const std::function<wiped_string()>& work,
                         int to) noexcept
{
    try {
        write_all(to, work() + end_mark);
    } catch (const std::exception&) {
        // The answer stays incomplete.
    }
    _exit(0);
}

} // namespace

checked<wiped_string> ask_child(const std::function<wiped_string()>& work)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return refused(std::strerror(errno));
    }
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        answer(work, ends[1]);
    }
    const int error = errno;
    close(ends[1]);
    wiped_string answered = child == -1 ? wiped_string() : read_all(ends[0]);
    close(ends[0]);
    if (child == -1) {
        return refused(std::strerror(error));
    }
    waitpid(child, nullptr, 0);
    if (answered.empty() || answered.back() != end_mark) {
        return refused("the process died");
    }
    answered.pop_back();
    return answered;
}

bool become_worker(const ngx_core_conf_t& core) noexcept
{
    const bool changes_user =
        geteuid() == 0 && core.master != 0 && core.user != (ngx_uid_t)-1;
    return !changes_user || (setgid(core.group) == 0 &&
                             initgroups(core.username, core.group) == 0 &&
                             setuid(core.user) == 0);
}

} // namespace auth
