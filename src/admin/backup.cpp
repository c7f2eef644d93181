#include "admin/backup.h"

#include "admin/failure.h"
#include "admin/sqlite_file.h"

#include "base/descriptor.h"
#include "base/regular_file.h"
#include "store/file_identity.h"
#include "store/sqlite_backup.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <iostream>
#include <sys/wait.h>
#include <unistd.h>

namespace auth {

namespace {

[[noreturn]] void fail(const std::string& doing, const std::string& path,
                       int error)
{
    throw failure(exit_code::failed, "cannot " + doing + " \"" + path +
                                         "\": " + std::strerror(error));
}

/// A file that gets its name when it is whole. If it never is, it is removed.
class new_file
{
public:
    explicit new_file(const std::string& name)
        : name_(name), draft_(name + ".XXXXXX"),
          fd_(mkostemp(draft_.data(), O_CLOEXEC)) // 0600
    {
        if (fd_.get() == -1) {
            fail("make", name, errno);
        }
    }
    new_file(const new_file&) = delete;
    new_file& operator=(const new_file&) = delete;
    ~new_file() { unlink(draft_.c_str()); }

    void write(const std::string& bytes) const
    {
        const char* at = bytes.data();
        std::size_t left = bytes.size();
        while (left > 0) {
            const ssize_t written = ::write(fd_.get(), at, left);
            if (written == -1 && errno == EINTR) {
                continue;
            }
            if (written == -1) {
                fail("write", name_, errno);
            }
            at += written;
            left -= static_cast<std::size_t>(written);
        }
        if (fsync(fd_.get()) != 0) {
            fail("write", name_, errno);
        }
    }

    void publish() const
    {
        if (link(draft_.c_str(), name_.c_str()) != 0) {
            fail("make", name_, errno);
        }
        auto folder = std::filesystem::path(name_).parent_path();
        const descriptor opened(open(folder.empty() ? "." : folder.c_str(),
                                     O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (opened.get() == -1 || fsync(opened.get()) != 0) {
            fail("write the folder of", name_, errno);
        }
    }

private:
    std::string name_;
    std::string draft_;
    descriptor fd_;
};

/// Runs a part in a child process, which may become another user for good.
template <typename Part>
void run_in_child(const Part& part)
{
    std::cout.flush();
    const pid_t child = fork();
    if (child == -1) {
        throw failure(exit_code::failed,
                      std::string("cannot start a process: ") +
                          std::strerror(errno));
    }
    if (child == 0) {
        exit_code code = exit_code::done;
        std::string text;
        try {
            part();
        } catch (const failure& error) {
            code = error.code();
            text = error.what();
        } catch (const std::exception& error) {
            code = exit_code::failed;
            text = error.what();
        }
        if (code != exit_code::done) {
            std::cerr << "ngx-auth-admin: " << text << std::endl;
        }
        _exit(static_cast<int>(code));
    }
    int status = 0;
    while (waitpid(child, &status, 0) == -1 && errno == EINTR) {
    }
    if (!WIFEXITED(status)) {
        throw failure(exit_code::failed, "the copy was not finished");
    }
    if (WEXITSTATUS(status) != 0) {
        throw told_failure(static_cast<exit_code>(WEXITSTATUS(status)));
    }
}

[[noreturn]] void fail(const store_failure& why)
{
    throw failure(why.what == store_failure::code::unknown
                      ? exit_code::unknown
                      : exit_code::unavailable,
                  why.detail);
}

std::string read_whole(const std::string& name)
{
    std::string bytes;
    const int error = read_regular_file(name, bytes.max_size(), bytes);
    if (error == not_regular) {
        throw failure(exit_code::failed,
                      "\"" + name + "\" is not a regular file");
    }
    if (error != 0) {
        fail("read", name, error);
    }
    return bytes;
}

} // namespace

void back_up_sqlite(const std::string& database, const std::string& file)
{
    if (identity_of(file).exists()) {
        throw failure(exit_code::failed,
                      "\"" + file +
                          "\" is there already and stays as it is: name a "
                          "new file");
    }
    const new_file copy(file);
    run_in_child([&] {
        enter_sqlite_file(database, false);
        const auto bytes = copy_sqlite_database(database);
        if (!bytes) {
            fail(bytes.error());
        }
        copy.write(*bytes);
    });
    copy.publish();
}

sqlite_copy::sqlite_copy(const std::string& file) : bytes_(read_whole(file))
{
    if (size_of(file + "-wal") > 0) {
        throw failure(exit_code::failed,
                      "\"" + file +
                          "\" has a log beside it, without which it is not "
                          "whole: take a copy that \"backup\" has made");
    }
    const checked<std::int64_t> users = check_sqlite_copy(bytes_, file);
    if (!users) {
        throw failure(exit_code::failed, users.error());
    }
    users_ = *users;
}

void sqlite_copy::restore_to(const std::string& database) const
{
    enter_sqlite_file(database, true);
    const store_outcome restored = restore_sqlite_database(database, bytes_);
    if (!restored) {
        fail(restored.error());
    }
}

} // namespace auth
