#include "admin/sqlite_file.h"

#include "admin/failure.h"

#include "base/quote.h"
#include "base/regular_file.h"
#include "store/sqlite_owner.h"
#include "store/sqlite_replacement.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <grp.h>
#include <mongoc/mongoc.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace auth {

namespace {

/// Keeps errno.
std::string name_of(uid_t user)
{
    const int error = errno;
    const passwd* entry = getpwuid(user);
    errno = error;
    return entry != nullptr ? entry->pw_name
                            : "user id " + std::to_string(user);
}

void become(uid_t user, gid_t group)
{
    if (geteuid() != 0 || user == 0) {
        return;
    }
    // libmongoc put a file into /dev/shm when it was loaded. Only the owner can
    // remove it. SQLite does not need libmongoc.
    mongoc_init();
    mongoc_cleanup();

    const passwd* entry = getpwuid(user);
    if (group == 0 && entry != nullptr) {
        group = entry->pw_gid; // a folder that root has made has group 0
    }
    const bool done = (entry != nullptr ? initgroups(entry->pw_name, group)
                                        : setgroups(1, &group)) == 0 &&
                      setresgid(group, group, group) == 0 &&
                      setresuid(user, user, user) == 0;
    if (!done) {
        throw failure(exit_code::failed, "cannot become " + name_of(user) +
                                             ": " + std::strerror(errno));
    }
}

void make_file(const std::string& path)
{
    std::filesystem::path folder = std::filesystem::path(path).parent_path();
    struct stat found {
    };
    if (stat(folder.empty() ? "." : folder.c_str(), &found) != 0) {
        throw failure(exit_code::unavailable,
                      "cannot find the folder of " + in_quotes(path) + ": " +
                          std::strerror(errno) +
                          "; make it, owned by the user of nginx's workers");
    }
    if (geteuid() == 0 && found.st_uid == 0) {
        throw failure(exit_code::unavailable,
                      "the folder of " + in_quotes(path) +
                          " belongs to root: make it owned by the user of "
                          "nginx's workers");
    }
    become(found.st_uid, found.st_gid);
    const int error = make_private_file(path);
    if (error != 0 && error != EEXIST) {
        throw failure(exit_code::unavailable, "cannot make " + in_quotes(path) +
                                                  " as " + name_of(geteuid()) +
                                                  ": " + std::strerror(error));
    }
}

/// Comes before anything is opened: a file of another program stays as it is.
void refuse_other_file(const std::string& path)
{
    if (is_log_of_another_file(path)) {
        throw failure(exit_code::unavailable,
                      in_quotes(path) +
                          " was replaced while nginx uses it: "
                          "reload nginx first, then the file that "
                          "is there now is served");
    }
    const sqlite_owner owner = inspect_sqlite_file(path);
    if (!owner.usable()) {
        throw failure(exit_code::unavailable,
                      describe_other_owner(path, owner));
    }
}

} // namespace

void enter_sqlite_file(const std::string& path, bool create)
{
    struct stat found {
    };
    if (lstat(path.c_str(), &found) != 0) {
        if (errno != ENOENT) {
            throw failure(exit_code::unavailable, "cannot use " +
                                                      in_quotes(path) + ": " +
                                                      std::strerror(errno));
        }
        if (!create) {
            throw failure(exit_code::unavailable,
                          in_quotes(path) +
                              " does not exist: it is made when nginx starts, "
                              "or by \"add --create\"");
        }
        make_file(path);
        return;
    }
    if (!S_ISREG(found.st_mode)) {
        throw failure(exit_code::unavailable,
                      in_quotes(path) +
                          " is not a regular file (a link is not followed)");
    }
    become(found.st_uid, found.st_gid);
    if (access(path.c_str(), R_OK | W_OK) != 0) {
        throw failure(exit_code::unavailable,
                      "cannot use " + in_quotes(path) + " as " +
                          name_of(geteuid()) + ": " + std::strerror(errno) +
                          "; run this as root or as " + name_of(found.st_uid));
    }
    refuse_other_file(path);
}

} // namespace auth
