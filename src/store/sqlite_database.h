#pragma once

#include "sqlite_connection.h"
#include "user_store.h"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace auth {

/// How long one operation waits for other users of the file, all in all.
constexpr std::chrono::milliseconds sqlite_patience{2000};

/// A database file and its idle connections. Constructing opens nothing.
class sqlite_database
{
public:
    explicit sqlite_database(std::string path);

    /// A connection for one operation; kept for the next one afterwards.
    class lease
    {
    public:
        explicit lease(sqlite_database& database) : database_(database) {}
        lease(const lease&) = delete;
        lease& operator=(const lease&) = delete;
        ~lease();

        /// Takes an idle connection or opens one; false after an error, then
        /// `problem` says why. For a reader it may be one that cannot write.
        bool take(bool read_only, store_answer& problem);

        /// explain() of the connection's last error; a connection that may
        /// be broken is closed at the end of the lease.
        store_answer fail(const char* doing);

        sqlite_connection* operator->() const noexcept { return used_.get(); }
        sqlite_connection& operator*() const noexcept { return *used_; }

    private:
        sqlite_database& database_;
        std::unique_ptr<sqlite_connection> used_;
        bool broken_ = false;
    };

    /// unavailable, with what was tried, what is wrong and what to do.
    store_answer explain(const char* doing, int error,
                         const std::string& message) const;

    const std::string& path() const noexcept { return path_; }

private:
    using connection = std::unique_ptr<sqlite_connection>;

    connection take_idle();
    connection open(bool read_only, sqlite_deadline deadline,
                    store_answer& problem);
    void give_back(connection used) noexcept;

    const std::string path_;
    std::mutex mutex_;
    std::vector<connection> idle_; ///< under mutex_
};

} // namespace auth
