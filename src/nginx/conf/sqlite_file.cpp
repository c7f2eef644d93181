#include "nginx/conf/sqlite_file.h"

#include "nginx/log.h"

#include "store/sqlite_start.h"

#include <cerrno>
#include <cstring>
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

namespace auth {

namespace {

const ngx_core_conf_t& core_conf_of(ngx_cycle_t* cycle) noexcept
{
    return *reinterpret_cast<ngx_core_conf_t*>(
        ngx_get_conf(cycle->conf_ctx, ngx_core_module));
}

/// The result of the child, as it goes through a pipe: this, then both texts.
struct answer_header {
    file_identity file;
    std::size_t problem_size = 0;
    std::size_t notice_size = 0;
};

bool write_all(int fd, const void* data, std::size_t size) noexcept
{
    const char* at = static_cast<const char*>(data);
    while (size > 0) {
        const ssize_t written = write(fd, at, size);
        if (written == -1 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        at += written;
        size -= static_cast<std::size_t>(written);
    }
    return true;
}

std::string read_all(int fd)
{
    std::string all;
    char part[4096];
    ssize_t size = 0;
    while ((size = read(fd, part, sizeof part)) > 0 ||
           (size == -1 && errno == EINTR)) {
        all.append(part, size > 0 ? static_cast<std::size_t>(size) : 0);
    }
    return all;
}

/// Becomes the user of this nginx's workers.
bool become_worker(const ngx_core_conf_t& core) noexcept
{
    const bool changes_user =
        geteuid() == 0 && core.master != 0 && core.user != (ngx_uid_t)-1;
    return !changes_user || (setgid(core.group) == 0 &&
                             initgroups(core.username, core.group) == 0 &&
                             setuid(core.user) == 0);
}

[[noreturn]] void answer_as_worker(const ngx_core_conf_t& core,
                                   const std::string& path, int to) noexcept
{
    try {
        sqlite_start found;
        if (become_worker(core)) {
            found = prepare_sqlite_start(path, ngx_test_config != 0);
        } else {
            found.problem = "cannot become the user of nginx's workers (" +
                            std::string(std::strerror(errno)) +
                            "), whose database \"" + path + "\" is";
        }
        const answer_header header{found.file, found.problem.size(),
                                   found.notice.size()};
        write_all(to, &header, sizeof header) &&
            write_all(to, found.problem.data(), found.problem.size()) &&
            write_all(to, found.notice.data(), found.notice.size());
    } catch (const std::exception&) {
        // The answer stays incomplete.
    }
    _exit(0);
}

sqlite_start no_answer(const std::string& path, int error)
{
    return {"cannot look at the database \"" + path + "\" as a worker (" +
                (error != 0 ? std::strerror(error) : "the process died") +
                "), try again",
            {},
            {}};
}

/// Only the kernel knows all rules of access, and root may lack rights that the
/// worker has. So a child looks that has become the worker's user. The child
/// does not disturb locks on the database that this process may have.
sqlite_start prepare_as_worker(const ngx_core_conf_t& core,
                               const std::string& path)
{
    int ends[2];
    if (pipe(ends) != 0) {
        return no_answer(path, errno);
    }
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        answer_as_worker(core, path, ends[1]);
    }
    const int error = errno;
    close(ends[1]);
    const std::string answer = child == -1 ? std::string() : read_all(ends[0]);
    close(ends[0]);
    if (child == -1) {
        return no_answer(path, error);
    }
    waitpid(child, nullptr, 0);

    answer_header header;
    if (answer.size() < sizeof header) {
        return no_answer(path, 0);
    }
    std::memcpy(&header, answer.data(), sizeof header);
    if (answer.size() !=
        sizeof header + header.problem_size + header.notice_size) {
        return no_answer(path, 0);
    }
    return {answer.substr(sizeof header, header.problem_size),
            answer.substr(sizeof header + header.problem_size), header.file};
}

bool prepare(ngx_cycle_t* cycle, realm& owner)
{
    const sqlite_start found =
        prepare_as_worker(core_conf_of(cycle), owner.store.path);
    if (!found.problem.empty()) {
        const source_position at = owner.position_of_directive("store");
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "auth: \"store\" of auth realm \"%V\": %s in %V:%ui",
                      &owner.name, found.problem.c_str(), &at.file, at.line);
        return false;
    }
    if (!found.notice.empty()) {
        log_line(cycle->log, NGX_LOG_WARN, owner, found.notice);
    }
    // The workers use this file, even if another file then has its name.
    owner.store.file = found.file;
    owner.users = open_user_store(owner.store);
    return true;
}

} // namespace

bool prepare_sqlite_file(ngx_cycle_t* cycle, realm& owner) noexcept
{
    return owner.store.what != store_uri::kind::sqlite ||
           guarded(cycle->log, false, [&] { return prepare(cycle, owner); });
}

} // namespace auth
