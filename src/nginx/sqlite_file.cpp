#include "nginx/sqlite_file.h"

#include "nginx/directive.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace auth {

namespace {

const ngx_core_conf_t& core_conf_of(ngx_cycle_t* cycle) noexcept
{
    return *reinterpret_cast<ngx_core_conf_t*>(
        ngx_get_conf(cycle->conf_ctx, ngx_core_module));
}

/// Whether this process gives its workers another user.
bool changes_user(const ngx_core_conf_t& core) noexcept
{
    return geteuid() == 0 && core.master != 0 && core.user != (ngx_uid_t)-1;
}

/// What a worker finds that asks for access to a path: 0, or an errno. Asked in
/// a child that has become the worker's user, since only the kernel knows
/// all the rules.
int worker_finds(const ngx_core_conf_t& core, const char* path,
                 int mode) noexcept
{
    if (!changes_user(core)) {
        return access(path, mode) == 0 ? 0 : errno;
    }
    const pid_t child = fork();
    if (child == 0) {
        const bool became = setgid(core.group) == 0 &&
                            initgroups(core.username, core.group) == 0 &&
                            setuid(core.user) == 0;
        const bool ok = became && access(path, mode) == 0;
        _exit(ok ? 0 : errno);
    }
    int status = 0;
    if (child == -1 || waitpid(child, &status, 0) != child ||
        !WIFEXITED(status)) {
        return EAGAIN;
    }
    return WEXITSTATUS(status);
}

bool refuse(ngx_cycle_t* cycle, const realm& of, int error,
            std::string_view problem, const std::string& path,
            std::string_view remedy)
{
    const source_position at = of.position_of_directive("store");
    std::string text(problem);
    text.append(" ").append(quoted(path));
    if (error != 0) {
        text.append(" (").append(std::strerror(error)).append(")");
    }
    text.append(", ").append(remedy);
    ngx_log_error(NGX_LOG_EMERG, cycle->log, 0,
                  "auth: \"store\" of auth realm \"%V\": %s in %V:%ui",
                  &of.name, text.c_str(), &at.file, at.line);
    return false;
}

} // namespace

bool prepare_sqlite_file(ngx_cycle_t* cycle, const realm& of)
{
    const std::string& path = of.store.path;
    const std::string folder = path.substr(0, path.rfind('/') + 1);
    const ngx_core_conf_t& core = core_conf_of(cycle);
    struct stat found;
    if (stat(folder.c_str(), &found) != 0) {
        return refuse(cycle, of, errno, "cannot find the folder", folder,
                      "make it, owned by the user of nginx's workers");
    }
    if (const int error = worker_finds(core, folder.c_str(), W_OK | X_OK)) {
        return refuse(cycle, of, error, "a worker cannot write the folder",
                      folder, "make it owned by the user of nginx's workers");
    }
    if (lstat(path.c_str(), &found) == 0) {
        if (!S_ISREG(found.st_mode)) {
            return refuse(cycle, of, 0, "cannot use the database", path,
                          "it must be a regular file, not a link or a folder");
        }
        const int error = worker_finds(core, path.c_str(), R_OK | W_OK);
        return error == 0 ||
               refuse(cycle, of, error, "a worker cannot use the database",
                      path, "make it owned by the user of nginx's workers");
    }
    if (ngx_test_config) {
        return true; // leaves nothing behind
    }
    const int fd =
        open(path.c_str(), O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC | O_WRONLY,
             0600);
    const bool made = fd != -1 && (!changes_user(core) ||
                                   fchown(fd, core.user, core.group) == 0);
    const int error = errno;
    if (fd != -1) {
        close(fd);
        if (!made) {
            unlink(path.c_str());
        }
    }
    return made || refuse(cycle, of, error, "cannot make the database", path,
                          "check its folder");
}

} // namespace auth
