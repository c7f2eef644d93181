// What happens to a database file that is replaced while it is open. SQLite
// would go on with the old file, and new connections would mix the old file's
// log with the new file: https://www.sqlite.org/howtocorrupt.html

#include "store/sqlite_replacement.h"

#include "store/sqlite_connection.h"

#include "base/descriptor.h"

#include <cstdio>
#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>
#include <utility>

namespace auth {

namespace {

/// Whether another process has a lock on any of these bytes of a file.
bool is_locked(const std::string& path, off_t start, off_t length) noexcept
{
    const descriptor file(
        ::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
    if (!file.is_open()) {
        return false;
    }
    struct flock lock {
    };
    lock.l_type = F_WRLCK; // any lock is in its way
    lock.l_whence = SEEK_SET;
    lock.l_start = start;
    lock.l_len = length;
    return fcntl(file.get(), F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

} // namespace

bool is_log_of_another_file(const std::string& path) noexcept
{
    // SQLite's bytes for locks. All processes that use "-shm" share a lock on
    // it, and all that use the database in WAL mode share a lock on the
    // database.
    constexpr off_t index_in_use = 128;
    constexpr off_t shared_start = 0x40000002;
    constexpr off_t shared_length = 510;
    return is_locked(path + "-shm", index_in_use, 1) &&
           !is_locked(path, shared_start, shared_length);
}

std::string replaced_log_of(const std::string& path)
{
    return path + "-wal.replaced";
}

/// Reads the start of the file itself, without what waits in the log.
bool sqlite_connection::read_header(unsigned char (&header)[100],
                                    bool& cut_off) noexcept
{
    sqlite3_file* file = nullptr;
    if (sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_FILE_POINTER,
                             &file) != SQLITE_OK ||
        file == nullptr || file->pMethods == nullptr) {
        return false;
    }
    const int result = file->pMethods->xRead(file, header, sizeof header, 0);
    cut_off = result == SQLITE_IOERR_SHORT_READ;
    return result == SQLITE_OK;
}

/// The change counter tells, which SQLite never counts down. It does not tell a
/// copy with the same counter.
bool sqlite_connection::is_overwritten() noexcept
{
    constexpr int counter_at = 24;
    unsigned char header[100];
    bool cut_off = false;
    if (!read_header(header, cut_off)) {
        return cut_off && change_counter_ != 0;
    }
    std::uint32_t counter = 0;
    for (int i = 0; i < 4; ++i) {
        counter = counter << 8 | header[counter_at + i];
    }
    // The counter may wrap around.
    if (static_cast<std::int32_t>(counter - change_counter_) < 0) {
        return true;
    }
    change_counter_ = counter;
    return false;
}

sqlite_connection::fate sqlite_connection::look_at_file()
{
    if (identity_of(path_) != file_) {
        return fate::moved;
    }
    if (how_ != mode::shared) {
        return fate::in_place;
    }
    if (is_overwritten()) {
        return fate::overwritten;
    }
    // As long as this connection is open, SQLite does not remove these files in
    // any process.
    for (const auto& [known, suffix] :
         {std::pair<file_identity*, const char*>(&log_, "-wal"),
          std::pair<file_identity*, const char*>(&index_, "-shm")}) {
        const file_identity now = identity_of(path_ + suffix);
        if (!known->exists()) {
            *known = now;
        }
        if (now != *known) {
            // Another worker may have seen what this worker cannot see.
            return log_.exists() && identity_of(replaced_log_of(path_)) == log_
                       ? fate::overwritten
                       : fate::log_gone;
        }
    }
    return fate::in_place;
}

void sqlite_connection::leave_log_alone() noexcept
{
    sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1,
                      nullptr);
}

void sqlite_connection::remove_log() noexcept
{
    const std::string log = path_ + "-wal";
    const std::string index = path_ + "-shm";
    if (log_.exists() && identity_of(log) == log_) {
        unlink(log.c_str());
    }
    if (index_.exists() && identity_of(index) == index_) {
        unlink(index.c_str());
    }
}

bool sqlite_connection::put_log_aside()
{
    const std::string log = path_ + "-wal";
    if (log_.exists() && identity_of(log) == log_ &&
        std::rename(log.c_str(), replaced_log_of(path_).c_str()) != 0) {
        return false;
    }
    remove_log();
    return true;
}

bool sqlite_connection::retire(fate why)
{
    // Closing would look for the log by its name, which another log may have.
    leave_log_alone();
    if (how_ != mode::shared) {
        return true;
    }
    if (why == fate::overwritten) {
        return put_log_aside();
    }
    // Another process has begun a new log for this file.
    if (why == fate::log_gone && size_of(path_ + "-wal") > 0 &&
        identity_of(path_ + "-wal") != log_) {
        return false;
    }
    if (sqlite3_wal_checkpoint_v2(database_.get(), "main",
                                  SQLITE_CHECKPOINT_TRUNCATE, nullptr,
                                  nullptr) != SQLITE_OK) {
        return false;
    }
    remove_log();
    return true;
}

} // namespace auth
