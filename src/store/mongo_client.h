#pragma once

#include "store/mongo_error.h"
#include "store/mongo_handles.h"
#include "store/mongo_uri.h"

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>

namespace auth {

/// A MongoDB deployment and its pool of connections. Constructing touches
/// nothing; libmongoc, its monitoring threads and its sockets begin with the
/// first command, in the process that sends it.
///
/// Time limits, unless the URI says otherwise: 2 s to find a primary, 1 s to
/// connect, 2 s for a command, of which half for a majority to confirm a
/// write (never more: what is known must be told in time). The module repeats a
/// command itself, once and only if the first attempt failed at once; the
/// driver's own retries, which would double these limits, are off whatever the
/// URI says.
class mongo_client
{
public:
    mongo_client(mongo_address address, std::string collection);
    ~mongo_client();
    mongo_client(const mongo_client&) = delete;
    mongo_client& operator=(const mongo_client&) = delete;

    /// What an attempt at a command works with.
    struct call {
        mongoc_collection_t* users;
        bson_error_t* error;
    };
    /// One attempt at a command: false after an error, which it has set.
    using attempt = std::function<bool(const call&)>;

    /// What became of a command.
    struct outcome {
        mongo_failure failure; ///< of the last attempt
        /// An attempt that failed may be done, or be done later, or be undone
        /// when another server becomes primary.
        bool perhaps_done = false;
    };

    /// Runs a command on the collection of users, which reads from the primary
    /// and writes to a majority. It may run twice. `doing` is for a sentence:
    /// "not allowed to `doing` collection users".
    outcome run(const char* doing, const attempt& command);

    /// The failure as a line for the log, with the deployment's address.
    std::string describe(const std::string& what_happened) const;

    const std::string& collection() const noexcept { return collection_; }

private:
    using clock = std::chrono::steady_clock;

    mongoc_client_pool_t* open_pool(mongo_failure& failure);
    mongo_handle<mongoc_client_pool_t> make_pool(mongo_failure& failure);
    static bool select_primary(mongoc_client_t* client, bson_error_t* error);
    void run_once(mongoc_client_pool_t* pool, const std::string& doing,
                  const attempt& command, outcome& result);
    bool is_pausing(mongo_failure& failure);
    void pause_after(const mongo_failure& failure);

    const mongo_address address_;
    const std::string collection_;
    std::mutex mutex_;
    std::condition_variable made_;
    // Under mutex_:
    mongo_handle<mongoc_client_pool_t> pool_;
    bool making_ = false;
    clock::time_point paused_until_{};
    mongo_failure paused_by_;
};

/// Ends libmongoc in this process; it cannot be used again.
void close_mongo_library() noexcept;

} // namespace auth
