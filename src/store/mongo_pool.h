#pragma once

#include "store/mongo_error.h"
#include "store/mongo_handles.h"
#include "store/mongo_uri.h"

#include <chrono>
#include <memory>

namespace auth {

/// The connections to a deployment and the threads that watch it. They begin
/// with the first connection that is taken, in the process that takes it.
class mongo_pool
{
public:
    /// Looks up the servers of a mongodb+srv URI. Returns nullptr after an
    /// error, and sets `failure`.
    static std::shared_ptr<mongo_pool> open(const mongo_address& address,
                                            mongo_failure& failure);

private:
    friend class mongo_connection;

    explicit mongo_pool(mongo_handle<mongoc_client_pool_t> pool) noexcept
        : pool_(std::move(pool))
    {}

    const mongo_handle<mongoc_client_pool_t> pool_;
};

/// A connection of a pool, which must outlive it. The destructor gives it back.
class mongo_connection
{
public:
    using clock = std::chrono::steady_clock;

    /// Waits for a free connection, until then at the latest. Then get() is
    /// nullptr.
    mongo_connection(const mongo_pool& from, clock::time_point until);
    mongo_connection(const mongo_connection&) = delete;
    mongo_connection& operator=(const mongo_connection&) = delete;
    ~mongo_connection();

    mongoc_client_t* get() const noexcept { return client_; }

    /// Whether the threads know a server that commands would be sent to. A
    /// server that the URI asks for directly is that whatever its state. Does
    /// not wait.
    bool knows_server() const;

    /// Waits for a primary, until then at the latest. Commands would wait for
    /// it, too; but then a command that was not answered could not be told from
    /// a command that was never sent.
    bool wait_for_primary(clock::time_point until, bson_error_t* error) const;

private:
    mongoc_client_pool_t* pool_;
    mongoc_client_t* client_ = nullptr;
};

/// Ends libmongoc in this process, which cannot use it again.
void close_mongo_library() noexcept;

} // namespace auth
