#include "sqlite_database.h"

#include <cerrno>
#include <cstring>
#include <sqlite3.h>
#include <unistd.h>

namespace auth {

namespace {

/// Idle connections beyond these are closed: a burst must not leave its open
/// files behind for ever.
constexpr std::size_t most_idle = 8;

/// Why a file could not be opened, which SQLite does not tell.
std::string why_not_opened(const std::string& path)
{
    struct stat file {
    };
    std::string user = " (user id " + std::to_string(geteuid()) + ")";
    if (lstat(path.c_str(), &file) != 0) {
        if (errno == ENOENT) {
            return "it does not exist; it is made when nginx starts or "
                   "reloads";
        }
        return std::string(std::strerror(errno)) + ": the worker process" +
               user + " needs to enter its folder";
    }
    if (S_ISLNK(file.st_mode)) {
        return "it is a symbolic link, which is not followed: name the file "
               "itself";
    }
    if (!S_ISREG(file.st_mode)) {
        return "it is not a regular file";
    }
    if (access(path.c_str(), R_OK | W_OK) != 0) {
        return "the worker process" + user + " may not read and write it";
    }
    return "SQLite cannot open it or the files -wal and -shm beside it: the "
           "worker process" +
           user + " must be able to write in its folder";
}

/// What is wrong and what to do about it.
std::string reason(const std::string& path, int error,
                   const std::string& message)
{
    switch (error & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "another program keeps it locked; end that program's "
               "transaction";
    case SQLITE_FULL:
        return "the disk (or the database's max_page_count) is full; make "
               "room";
    case SQLITE_READONLY:
        return "the file, its folder or the file system is read-only for the "
               "worker process (user id " +
               std::to_string(geteuid()) + "); make them writable";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return "it is damaged or no SQLite database (" + message +
               "); restore it from a backup";
    case SQLITE_IOERR:
        return "reading or writing failed (" + message + ", code " +
               std::to_string(error) + "); check the disk and its free space";
    case SQLITE_CANTOPEN:
        return why_not_opened(path);
    default:
        return message + " (code " + std::to_string(error) + ")";
    }
}

} // namespace

sqlite_database::sqlite_database(std::string path) : path_(std::move(path))
{
    // So that giving back cannot fail.
    idle_.reserve(most_idle);
}

sqlite_database::connection sqlite_database::take_idle()
{
    struct stat file {
    };
    bool there = lstat(path_.c_str(), &file) == 0;
    std::vector<connection> outdated; // closed after the lock is released
    std::lock_guard<std::mutex> lock(mutex_);
    while (!idle_.empty()) {
        connection last = std::move(idle_.back());
        idle_.pop_back();
        // A restored backup is another file under the same name; what is
        // written to the old one would be lost.
        if (there && last->same_file(file)) {
            return last;
        }
        outdated.push_back(std::move(last));
    }
    return nullptr;
}

sqlite_database::connection sqlite_database::open(bool read_only,
                                                  sqlite_deadline deadline,
                                                  store_answer& problem)
{
    auto made = std::make_unique<sqlite_connection>();
    int error = made->open(path_, sqlite_connection::mode::shared, deadline);
    if (error == SQLITE_OK) {
        return made;
    }
    problem = explain("open", error, sqlite3_errstr(error));

    // With a full disk or a read-only folder SQLite cannot make the files
    // that readers of a WAL database share. If nothing waits in the WAL, the
    // database file holds everything, and people can go on logging in.
    struct stat wal {
    };
    bool blocked = (error & 0xff) == SQLITE_CANTOPEN ||
                   (error & 0xff) == SQLITE_READONLY ||
                   (error & 0xff) == SQLITE_IOERR ||
                   (error & 0xff) == SQLITE_FULL;
    bool wal_is_empty = lstat((path_ + "-wal").c_str(), &wal) != 0
                            ? errno == ENOENT
                            : wal.st_size == 0;
    if (read_only && blocked && wal_is_empty) {
        made = std::make_unique<sqlite_connection>();
        if (made->open(path_, sqlite_connection::mode::immutable, deadline) ==
            SQLITE_OK) {
            return made;
        }
    }
    return nullptr;
}

void sqlite_database::give_back(connection used) noexcept
{
    if (used->how() == sqlite_connection::mode::immutable) {
        return;
    }
    std::lock_guard<std::mutex> lock(mutex_);
    if (idle_.size() < most_idle) {
        idle_.push_back(std::move(used));
    }
}

store_answer sqlite_database::explain(const char* doing, int error,
                                      const std::string& message) const
{
    return {store_answer::code::unavailable,
            std::string("cannot ") + doing + " \"" + path_ +
                "\": " + reason(path_, error, message)};
}

sqlite_database::lease::~lease()
{
    if (used_ && !broken_) {
        database_.give_back(std::move(used_));
    }
}

bool sqlite_database::lease::take(bool read_only, store_answer& problem)
{
    auto deadline = std::chrono::steady_clock::now() + sqlite_patience;
    used_ = database_.take_idle();
    if (used_) {
        used_->wait_until(deadline);
        return true;
    }
    used_ = database_.open(read_only, deadline, problem);
    return used_ != nullptr;
}

store_answer sqlite_database::lease::fail(const char* doing)
{
    int error = used_->last_error();
    store_answer answer =
        database_.explain(doing, error, used_->last_message());
    switch (error & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_FULL:
    case SQLITE_READONLY:
    case SQLITE_CONSTRAINT:
        break;
    default:
        broken_ = true;
    }
    return answer;
}

} // namespace auth
