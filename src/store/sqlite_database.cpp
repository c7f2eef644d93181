#include "store/sqlite_database.h"

#include <cerrno>
#include <cstring>
#include <new>
#include <sqlite3.h>
#include <unistd.h>

namespace auth {

namespace {

/// More idle connections than these are closed, so that a burst does not leave
/// open files behind for ever.
constexpr std::size_t most_idle = 8;

/// Why a file could not be opened. SQLite does not say it.
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
    case SQLITE_CONSTRAINT:
        return "an index, a trigger or a constraint that this module has not "
               "made refuses the row (" +
               message + "); remove it";
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

store_failure::cause cause_of(int error) noexcept
{
    switch (error & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return store_failure::cause::locked;
    case SQLITE_FULL:
        return store_failure::cause::full;
    case SQLITE_READONLY:
    case SQLITE_CONSTRAINT:
        return store_failure::cause::refused;
    default:
        return store_failure::cause::away;
    }
}

using fate = sqlite_connection::fate;

/// What the answers say of a database that is given up.
std::string what_happened(const std::string& path, fate why)
{
    const std::string file = "\"" + path + "\"";
    const char* const served =
        "; nothing more is read from it or written to it";
    switch (why) {
    case fate::overwritten:
        return file + " was overwritten while it was in use" + served +
               ": reload nginx, which then serves what is there now; the "
               "changes in the former log are not in it, they are kept as \"" +
               path + "-wal.replaced\"";
    case fate::log_gone:
        return "the files -wal and -shm beside " + file +
               " were removed or replaced while they were in use" + served +
               ": reload nginx";
    case fate::moved:
    case fate::in_place:
        break;
    }
    if (identity_of(path).exists()) {
        return file + " was replaced by another file while it was in use" +
               served + ": reload nginx, then the new file is served";
    }
    return file + " was deleted or moved away while it was in use" + served +
           ": put it or a copy there, then reload nginx";
}

} // namespace

sqlite_database::sqlite_database(std::string path, file_identity file)
    : path_(std::move(path)), file_(file)
{
    // Giving back a connection then cannot fail.
    idle_.reserve(most_idle);
}

sqlite_database::~sqlite_database()
{
    if (idle_.empty()) {
        return;
    }
    try {
        const fate found = idle_.back()->look_at_file();
        if (found != fate::in_place) {
            give_up(found, nullptr);
        }
    } catch (const std::bad_alloc&) {
        idle_.clear(); // the log stays where it is
    }
}

sqlite_database::connection sqlite_database::take_idle() noexcept
{
    std::lock_guard<std::mutex> lock(mutex_);
    if (idle_.empty()) {
        return nullptr;
    }
    connection last = std::move(idle_.back());
    idle_.pop_back();
    return last;
}

store_result<sqlite_database::connection>
sqlite_database::open(bool read_only, sqlite_deadline deadline)
{
    auto opened = std::make_unique<sqlite_connection>();
    int error = opened->open(path_, sqlite_connection::mode::shared, deadline);
    if (error == SQLITE_OK) {
        return opened;
    }
    store_failure problem = explain("open", error, sqlite3_errstr(error));
    // With a full disk or a read-only folder SQLite cannot make the files
    // that readers of a WAL database share. If nothing waits in the WAL, the
    // database file holds everything, and people can go on logging in.
    const bool is_blocked = (error & 0xff) == SQLITE_CANTOPEN ||
                            (error & 0xff) == SQLITE_READONLY ||
                            (error & 0xff) == SQLITE_IOERR ||
                            (error & 0xff) == SQLITE_FULL;
    if (read_only && is_blocked && size_of(path_ + "-wal") == 0) {
        opened = std::make_unique<sqlite_connection>();
        error =
            opened->open(path_, sqlite_connection::mode::immutable, deadline);
    }
    if (error != SQLITE_OK) {
        return failed(std::move(problem));
    }
    return opened;
}

void sqlite_database::give_back(connection used) noexcept
{
    // The next one may find that it can be written again.
    if (used->how() == sqlite_connection::mode::immutable ||
        used->is_read_only()) {
        return;
    }
    {
        std::lock_guard<std::mutex> lock(mutex_);
        if (fate_ == fate::in_place) {
            if (idle_.size() < most_idle) {
                idle_.push_back(std::move(used));
            }
            return;
        }
    }
    try {
        used->retire(fate_);
    } catch (const std::bad_alloc&) {
        return; // the log stays where it is
    }
}

store_outcome sqlite_database::check_not_given_up()
{
    file_identity expected;
    {
        std::lock_guard<std::mutex> lock(mutex_);
        if (fate_ != fate::in_place) {
            return failed(store_failure::code::unavailable, given_up_);
        }
        expected = file_;
    }
    if (expected.exists() && identity_of(path_) != expected) {
        return failed(give_up(fate::moved, nullptr));
    }
    return store_note{};
}

store_failure sqlite_database::give_up(fate why, connection noticed)
{
    std::string text = what_happened(path_, why);
    std::vector<connection> all;
    all.reserve(most_idle + 1);
    if (noticed) {
        all.push_back(std::move(noticed));
    }
    {
        std::lock_guard<std::mutex> lock(mutex_);
        fate_ = why;
        given_up_ = text;
        for (connection& each : idle_) {
            all.push_back(std::move(each));
        }
        idle_.clear();
    }
    bool is_written = true;
    for (const connection& each : all) {
        each->wait_until(std::chrono::steady_clock::now() + sqlite_patience);
        is_written = each->retire(why) && is_written;
    }
    if (!is_written) {
        text += "; its log could not be emptied: remove \"" + path_ +
                "-wal\" and \"" + path_ + "-shm\" before";
        std::lock_guard<std::mutex> lock(mutex_);
        given_up_ = text;
    }
    return {store_failure::code::unavailable, std::move(text)};
}

store_failure sqlite_database::explain(const char* doing, int error,
                                       const std::string& message) const
{
    return {store_failure::code::unavailable,
            std::string("cannot ") + doing + " \"" + path_ +
                "\": " + reason(path_, error, message),
            cause_of(error)};
}

sqlite_database::lease::~lease()
{
    // Without memory a transaction cannot be rolled back, but by closing.
    if (used_ && !broken_ && !used_->in_transaction()) {
        database_.give_back(std::move(used_));
    }
}

store_outcome sqlite_database::lease::take(bool read_only)
{
    auto deadline = std::chrono::steady_clock::now() + sqlite_patience;
    store_outcome usable = database_.check_not_given_up();
    if (!usable) {
        return usable;
    }
    used_ = database_.take_idle();
    if (used_) {
        used_->wait_until(deadline);
    } else {
        auto opened = database_.open(read_only, deadline);
        if (!opened) {
            return failed(std::move(opened.error()));
        }
        used_ = std::move(*opened);
    }
    return check_in_place();
}

store_outcome sqlite_database::lease::check_in_place()
{
    bool is_new_file = false;
    {
        std::lock_guard<std::mutex> lock(database_.mutex_);
        if (!database_.file_.exists()) {
            database_.file_ = used_->file();
        }
        is_new_file = database_.file_ != used_->file();
    }
    if (is_new_file) { // the log beside it belongs to the former file
        used_->leave_log_alone();
        used_.reset();
        return failed(database_.give_up(fate::moved, nullptr));
    }
    const fate found = used_->look_at_file();
    if (found != fate::in_place) {
        return failed(database_.give_up(found, std::move(used_)));
    }
    return store_note{};
}

tl::unexpected<store_failure> sqlite_database::lease::fail(const char* doing)
{
    int error = used_->last_error();
    store_failure why = database_.explain(doing, error, used_->last_message());
    switch (error & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_FULL:
    case SQLITE_READONLY:
    case SQLITE_CONSTRAINT:
        break;
    default:
        broken_ = true;
    }
    return failed(std::move(why));
}

} // namespace auth
