#pragma once

#include "store/file_identity.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace auth {

/// The time until which an operation may wait for other users of the file.
using sqlite_deadline = std::chrono::steady_clock::time_point;

/// A run of a prepared statement. Parameters count from 1 and columns from 0,
/// as in SQLite. Bound bytes are not copied and must outlive the run. The
/// destructor resets the statement, which ends its transaction.
class sqlite_query
{
public:
    explicit sqlite_query(sqlite3_stmt* statement) noexcept
        : statement_(statement)
    {}
    sqlite_query(const sqlite_query&) = delete;
    sqlite_query& operator=(const sqlite_query&) = delete;
    ~sqlite_query();

    void bind_text(int parameter, std::string_view text) noexcept;
    void bind_blob(int parameter, std::string_view bytes) noexcept;
    void bind_integer(int parameter, std::int64_t number) noexcept;

    /// SQLITE_ROW, SQLITE_DONE or an extended error code.
    int step() noexcept;

    /// SQLITE_TEXT, SQLITE_BLOB, SQLITE_NULL, …; ask before you read a column.
    int type(int column) const noexcept;
    /// Valid until the next step.
    std::string_view bytes(int column) const noexcept;
    std::int64_t integer(int column) const noexcept;

private:
    sqlite3_stmt* statement_;
    int bind_error_ = 0;
};

/// An open database file. One thread may use it at a time, and only the process
/// that has opened it.
class sqlite_connection
{
public:
    enum class mode {
        shared,    ///< reads and writes, beside other processes
        immutable, ///< only reads this file, without any lock
        /// Reads a file and its write-ahead log without any lock, and neither
        /// changes nor makes a file. What it reads can be torn.
        untouched
    };

    sqlite_connection() = default;
    sqlite_connection(const sqlite_connection&) = delete;
    sqlite_connection& operator=(const sqlite_connection&) = delete;
    ~sqlite_connection();

    /// Opens the file, which must exist and be no symbolic link, and reads from
    /// it. Returns SQLITE_OK or an extended error code.
    int open(const std::string& path, mode how, sqlite_deadline deadline);

    /// Opens a copy in memory of the bytes of a file. Returns SQLITE_OK or an
    /// extended error code.
    int open_copy(std::string_view bytes);

    /// SQLite's handle, for whatever this class does not do.
    sqlite3* handle() const noexcept { return database_.get(); }

    /// Bounds how long all later statements together may wait for locks.
    void wait_until(sqlite_deadline deadline) noexcept;
    sqlite_deadline deadline() const noexcept { return deadline_; }

    /// Runs statements whose rows do not matter.
    int execute(const char* sql) noexcept;
    /// Ends the open transaction, if there is one.
    void roll_back() noexcept;
    /// Whether a transaction is open, because roll_back() had no memory.
    bool in_transaction() const noexcept;
    /// How many rows the last INSERT, UPDATE or DELETE has changed.
    int changed_rows() const noexcept;

    /// The statement that `sql` says. It compiles each text once, so `sql` is a
    /// literal, which lives for ever. Returns nullptr after an error, see
    /// last_error().
    sqlite3_stmt* statement(const char* sql);

    /// The error of the last call that failed: extended code and message.
    int last_error() const noexcept;
    std::string last_message() const;

    /// Runs a query that gives one number; `sql` is as for statement().
    bool read_number(const char* sql, std::int64_t& number);

    /// PRAGMA schema_version at the time when check_sqlite_schema() last found
    /// nothing wrong, or -1. SQLite raises it when a program changes the
    /// schema.
    std::int64_t checked_schema() const noexcept { return checked_schema_; }
    void set_checked_schema(std::int64_t cookie) noexcept
    {
        checked_schema_ = cookie;
    }

    mode how() const noexcept { return how_; }
    /// Whether it was opened while nobody could write the file.
    bool is_read_only() const noexcept;

    /// What may have happened to the file that is open.
    enum class fate {
        in_place,
        moved,      ///< another file, or none, has its name now
        log_gone,   ///< the files beside it are other files, or gone
        overwritten ///< a program has written an older database into it
    };
    fate look_at_file();
    const file_identity& file() const noexcept { return file_; }

    /// Prepares to close a database that is not in place. It writes what waits
    /// in the log into the file that is open, wherever that is now, and removes
    /// the log. A log that belongs to no file is put aside. Returns false if it
    /// could not write.
    bool retire(fate why);
    /// Prepares to close the database without touching the log.
    void leave_log_alone() noexcept;

private:
    struct closer {
        void operator()(sqlite3* database) const noexcept;
        void operator()(sqlite3_stmt* statement) const noexcept;
    };

    bool read_header(unsigned char (&header)[100], bool& cut_off) noexcept;
    bool is_overwritten() noexcept;
    void remove_log() noexcept;
    /// False when it could not be: then it stays where it is.
    bool put_log_aside();
    static int wait_for_others(void* connection, int tries) noexcept;

    std::unique_ptr<sqlite3, closer> database_;
    std::map<const char*, std::unique_ptr<sqlite3_stmt, closer>> statements_;
    sqlite_deadline deadline_{};
    mode how_ = mode::shared;
    std::int64_t checked_schema_ = -1;
    std::string path_; ///< without links
    file_identity file_;
    file_identity log_;   ///< "-wal", as it was first seen
    file_identity index_; ///< "-shm", as it was first seen
    std::uint32_t change_counter_ = 0;
};

} // namespace auth
