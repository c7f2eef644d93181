#include "admin/backup.h"

#include "admin/failure.h"
#include "admin/sqlite_file.h"

#include "base/draft_file.h"
#include "base/regular_file.h"
#include "store/file_identity.h"
#include "store/sqlite_backup.h"
#include "store/sqlite_key_file.h"

#include <cerrno>
#include <cstring>
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

/// The file that a copy becomes.
class new_file
{
public:
    explicit new_file(const std::string& name) : file_(name)
    {
        expect("make", file_.error());
    }

    void write(std::string_view bytes) const
    {
        expect("write", file_.write(bytes));
    }

    off_t size() const noexcept { return file_.size(); }

    void publish() const { expect("make", file_.publish()); }

private:
    void expect(const std::string& doing, int error) const
    {
        if (error != 0) {
            fail(doing, file_.name(), error);
        }
    }

    draft_file file_;
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

void refuse_existing(const std::string& file)
{
    if (identity_of(file).exists()) {
        throw failure(exit_code::failed,
                      "\"" + file +
                          "\" is there already and stays as it is: name a "
                          "new file");
    }
}

/// In the child.
void copy_as_owner(const std::string& database, const new_file& copy,
                   const new_file& copy_of_key)
{
    enter_sqlite_file(database, false);
    const auto bytes = copy_sqlite_database(database);
    if (!bytes) {
        fail(bytes.error());
    }
    copy.write(*bytes);
    const wiped_string key =
        key_of_database(database, key_id_of_sqlite_copy(*bytes));
    if (!key.empty()) {
        copy_of_key.write(key);
        copy_of_key.write("\n");
    }
}

} // namespace

bool back_up_sqlite(const std::string& database, const std::string& file)
{
    refuse_existing(file);
    refuse_existing(key_file_of(file));
    const new_file copy(file);
    const new_file copy_of_key(key_file_of(file));
    run_in_child([&] { copy_as_owner(database, copy, copy_of_key); });
    // The key comes first: a copy that has its name is complete.
    const bool has_key = copy_of_key.size() > 0;
    if (has_key) {
        copy_of_key.publish();
    }
    copy.publish();
    return has_key;
}

sqlite_copy::sqlite_copy(const std::string& file, bool without_key)
    : bytes_(read_whole(file))
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
    if (!without_key) {
        key_.emplace(file, key_id_of_sqlite_copy(bytes_));
    }
}

key_copy::effect sqlite_copy::restore_to(const std::string& database)
{
    enter_sqlite_file(database, true);
    const auto effect = key_ ? key_->prepare(database) : key_copy::effect::none;
    const store_outcome restored = restore_sqlite_database(
        database, bytes_,
        key_ ? copied_key_id::kept : copied_key_id::forgotten);
    if (!restored) {
        fail(restored.error());
    }
    if (key_) {
        key_->take_effect();
    }
    return effect;
}

} // namespace auth
