#include "nginx/conf/sqlite_file.h"

#include "nginx/log.h"

#include "base/quote.h"
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

/// The answer of the child, as it goes through a pipe: this, then the notice or
/// what is wrong, then the mark.
struct answer_header {
    bool can_be_used = false;
    file_identity file;
};
constexpr char end_mark = '\0';

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
        const checked<sqlite_start> found =
            become_worker(core)
                ? prepare_sqlite_start(path, ngx_test_config != 0)
                : refused("cannot become the user of nginx's workers (" +
                          std::string(std::strerror(errno)) +
                          "), whose database " + in_quotes(path) + " is");
        const answer_header header{found.has_value(),
                                   found ? found->file : file_identity()};
        const std::string& text = found ? found->notice : found.error();
        write_all(to, &header, sizeof header) &&
            write_all(to, text.data(), text.size()) &&
            write_all(to, &end_mark, sizeof end_mark);
    } catch (const std::exception&) {
        // The answer stays incomplete.
    }
    _exit(0);
}

tl::unexpected<std::string> no_answer(const std::string& path, int error)
{
    return refused("cannot look at the database " + in_quotes(path) +
                   " as a worker (" +
                   (error != 0 ? std::strerror(error) : "the process died") +
                   "), try again");
}

/// Only the kernel knows all rules of access, and root may lack rights that the
/// worker has. So a child looks that has become the worker's user. The child
/// does not disturb locks on the database that this process may have.
checked<sqlite_start> prepare_as_worker(const ngx_core_conf_t& core,
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
    if (answer.size() <= sizeof header || answer.back() != end_mark) {
        return no_answer(path, 0);
    }
    std::memcpy(&header, answer.data(), sizeof header);
    std::string text =
        answer.substr(sizeof header, answer.size() - sizeof header - 1);
    if (!header.can_be_used) {
        return refused(std::move(text));
    }
    return sqlite_start{std::move(text), header.file};
}

bool prepare(ngx_cycle_t* cycle, realm& owner)
{
    const checked<sqlite_start> found =
        prepare_as_worker(core_conf_of(cycle), owner.store.path);
    if (!found) {
        const source_position at = owner.position_of_directive("store");
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                      "auth: \"store\" of auth realm \"%V\": %s in %V:%ui",
                      &owner.name, found.error().c_str(), &at.file, at.line);
        return false;
    }
    if (!found->notice.empty()) {
        log_line(cycle->log, NGX_LOG_WARN, owner, found->notice);
    }
    // The workers use this file, even if another file then has its name.
    owner.store.file = found->file;
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
