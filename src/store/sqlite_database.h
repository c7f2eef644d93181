#pragma once

#include "store/sqlite_connection.h"
#include "store/user_store.h"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace auth {

/// How long an operation waits for other users of the file, all in all.
constexpr std::chrono::milliseconds sqlite_patience{2000};

/// A database file and its idle connections. The constructor opens nothing. All
/// functions may be called from several threads at once; a lease belongs to
/// one.
///
/// It is one file, and not any file that has the name. Once the file is
/// replaced, the database is given up for good.
class sqlite_database
{
public:
    /// `file` is the file that has to be there. If it does not exist, the first
    /// file that is opened is the one.
    explicit sqlite_database(std::string path, file_identity file = {});
    sqlite_database(const sqlite_database&) = delete;
    sqlite_database& operator=(const sqlite_database&) = delete;
    ~sqlite_database();

    /// A connection for one operation. Afterwards it is kept for the next one.
    class lease
    {
    public:
        explicit lease(sqlite_database& database) : database_(database) {}
        lease(const lease&) = delete;
        lease& operator=(const lease&) = delete;
        ~lease();

        /// Takes an idle connection or opens a new one. Returns false after an
        /// error, with a `problem`. A reader may get one that cannot write.
        store_outcome take(bool read_only);

        /// Whether the file still has its name. Otherwise the database is given
        /// up, and `problem` says so: what was written is lost with the file.
        store_outcome check_in_place();

        /// explain() for the last error of the connection. A connection that
        /// may be broken is closed at the end of the lease.
        tl::unexpected<store_failure> fail(const char* doing);

        sqlite_connection* operator->() const noexcept { return used_.get(); }
        sqlite_connection& operator*() const noexcept { return *used_; }

    private:
        sqlite_database& database_;
        std::unique_ptr<sqlite_connection> used_;
        bool broken_ = false;
    };

    /// The answer unavailable, with what was tried, what is wrong and what to
    /// do.
    store_failure explain(const char* doing, int error,
                          const std::string& message) const;

    const std::string& path() const noexcept { return path_; }

private:
    using connection = std::unique_ptr<sqlite_connection>;

    connection take_idle() noexcept;
    store_result<connection> open(bool read_only, sqlite_deadline deadline);
    void give_back(connection used) noexcept;
    store_outcome check_not_given_up();
    store_failure give_up(sqlite_connection::fate why, connection noticed);

    const std::string path_;
    std::mutex mutex_;
    file_identity file_;           ///< under mutex_
    std::vector<connection> idle_; ///< under mutex_
    sqlite_connection::fate fate_ = sqlite_connection::fate::in_place;
    std::string given_up_; ///< under mutex_, as fate_: what to say, once known
};

} // namespace auth
