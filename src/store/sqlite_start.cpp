#include "store/sqlite_start.h"

#include "store/sqlite_database.h"
#include "store/sqlite_owner.h"
#include "store/sqlite_refusal.h"
#include "store/sqlite_replacement.h"
#include "store/sqlite_schema.h"
#include "store/sqlite_users_table.h"

#include "base/quote.h"
#include "base/regular_file.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace auth {

namespace {

constexpr char own_it[] = "make it owned by the user of nginx's workers";

checked<void> check_folder(const std::string& folder)
{
    struct stat found {
    };
    if (stat(folder.c_str(), &found) != 0) {
        const bool is_missing = errno == ENOENT || errno == ENOTDIR;
        return refuse_path(is_missing ? "cannot find the folder"
                                      : "a worker cannot write the folder",
                           folder, errno,
                           is_missing
                               ? "make it, owned by the user of nginx's "
                                 "workers"
                               : "let the user of nginx's workers enter the "
                                 "folders above");
    }
    if (access(folder.c_str(), W_OK | X_OK) != 0) {
        return refuse_path(
            "a worker cannot write the folder", folder, errno,
            std::string(own_it) +
                "; where systemd has ProtectSystem in nginx's unit, "
                "add ReadWritePaths=" +
                folder);
    }
    return {};
}

/// Puts the log of the former file aside, which is no part of the file that is
/// there now. It is kept, although the processes that have it open write it
/// into their file.
checked<void> put_stale_log_aside(const std::string& path, bool only_look,
                                  std::string& notice)
{
    const std::string log = path + "-wal";
    const std::string kept = replaced_log_of(path);
    notice = in_quotes(path) +
             " was replaced while it was in use: the file that is there now is "
             "served, and the log of the former one " +
             (only_look ? "will be kept as " : "is kept as ") + in_quotes(kept);
    if (only_look) {
        return {};
    }
    if (size_of(log) > 0 && std::rename(log.c_str(), kept.c_str()) != 0) {
        return refuse_path("cannot put the former file's log aside,", log,
                           errno, "rename it to " + in_quotes(kept));
    }
    unlink(log.c_str());
    unlink((path + "-shm").c_str());
    return {};
}

/// So that the first requests of all workers do not wait for each other while
/// one of them does. Where it fails, a first request tries again and the log
/// says why.
void make_tables(const std::string& path)
{
    sqlite_database database(path, identity_of(path));
    sqlite_database::lease connection(database);
    if (connection.take(false)) {
        check_sqlite_schema(database, connection, sqlite_use::write);
    }
}

checked<void> make_file(const std::string& path)
{
    const int error = make_private_file(path);
    if (error == 0) {
        make_tables(path);
    } else if (error != EEXIST) { // else another process was faster
        return refuse_path("cannot make the database", path, error,
                           "check its folder");
    }
    return {};
}

checked<void> check_owner(const std::string& path, bool log_is_stale)
{
    const sqlite_owner owner = inspect_sqlite_file(path, log_is_stale);
    if (!owner.usable()) {
        return refused(describe_other_owner(path, owner));
    }
    if (owner.schema_version > sqlite_schema_version) {
        return refused(describe_newer_schema(path, owner.schema_version));
    }
    if (!log_is_stale && size_of(path) == 0 && size_of(path + "-wal") > 0) {
        return refused(in_quotes(path + "-wal") +
                       " is the log of a database that is not there: put " +
                       in_quotes(path) +
                       " back, or remove the log and lose what is in it");
    }
    return {};
}

} // namespace

checked<sqlite_start> prepare_sqlite_start(const std::string& path,
                                           bool only_look)
{
    const std::size_t slash = path.rfind('/');
    checked<void> good =
        check_folder(slash == path.npos ? "." : path.substr(0, slash + 1));
    if (!good) {
        return refused(good.error());
    }
    struct stat found {
    };
    const bool is_there = lstat(path.c_str(), &found) == 0;
    if (is_there && !S_ISREG(found.st_mode)) {
        return refuse_path("cannot use the database", path, 0,
                           "it must be a regular file, not a link or a folder");
    }
    if (is_there && access(path.c_str(), R_OK | W_OK) != 0) {
        return refuse_path("a worker cannot use the database", path, errno,
                           own_it);
    }
    const bool log_is_stale = is_log_of_another_file(path);
    sqlite_start start;
    good = check_owner(path, log_is_stale);
    if (good && log_is_stale) {
        good = put_stale_log_aside(path, only_look, start.notice);
    }
    if (good && !is_there && !only_look) {
        good = make_file(path);
    }
    if (!good) {
        return refused(good.error());
    }
    if (!only_look) {
        start.file = identity_of(path);
    }
    return start;
}

} // namespace auth
