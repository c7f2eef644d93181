#pragma once

#include "store/mongo_error.h"
#include "store/mongo_handles.h"
#include "store/mongo_options.h"
#include "store/mongo_pool.h"
#include "store/mongo_uri.h"
#include "store/store_result.h"
#include "store/store_time.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

namespace auth {

/// A MongoDB deployment and its pool of connections. The constructor opens
/// nothing: libmongoc, its monitoring threads and its sockets begin with the
/// first command, in the process that sends it. All functions may be called
/// from several threads at once.
///
/// Time limits, unless the URI says otherwise: 2 s to find a primary, 1 s to
/// connect, 2 s for a command, and for all commands of one operation half a
/// second more than the longest of these. A majority has half of the time for a
/// command to confirm a write, and never more: the server must answer before
/// this side stops listening. The module repeats a command once, and only if
/// the first attempt failed at once. The driver's own retries would double
/// these limits, and are off whatever the URI says. While it is known that no
/// primary can be reached commands fail at once: the driver's monitoring
/// threads find out when one is back. A server that does not know the write
/// concern is asked without.
class mongo_client
{
public:
    explicit mongo_client(mongo_address address);
    ~mongo_client();
    mongo_client(const mongo_client&) = delete;
    mongo_client& operator=(const mongo_client&) = delete;

    /// What one attempt of a command works with.
    struct call {
        mongoc_client_t* client;
        mongoc_collection_t* collection;
        bson_error_t* error;
    };
    /// One attempt of a command. Returns false after an error, and has set it.
    using attempt = std::function<bool(const call&)>;

    /// The result of a command.
    struct outcome {
        mongo_failure failure; ///< of the last attempt
        /// A failed attempt may have taken effect, may do so later, or may be
        /// undone when another server becomes primary.
        bool perhaps_done = false;
        /// The last attempt got no answer within the time limit.
        bool timed_out = false;

        /// Why a write failed that could be sent again without harm: as unknown
        /// or unavailable.
        store_failure::code of_repeatable_write() const noexcept
        {
            return perhaps_done ? store_failure::code::unknown
                                : store_failure::code::unavailable;
        }
    };

    /// Runs a command on a collection, which reads from the primary and writes
    /// to a majority. It may call `command` several times. `doing` is a part of
    /// an error: "not allowed to `doing` collection users".
    ///
    /// With `time` it is a command of that operation. If the operation has
    /// spent all of its time, nothing is begun, also no second attempt: it
    /// fails as not sent. The wait for a pool that another thread opens, the
    /// search for a primary, and the time for a majority to confirm, are cut to
    /// what is left. Whatever else has begun is not: libmongoc waits for an
    /// answer as long as for any.
    outcome run(const std::string& collection, const char* doing,
                const attempt& command, store_time* time);

    /// What the log has yet to be told of the deployment; mostly empty.
    std::string take_note();

    /// A line for the log, with the deployment's address in front.
    std::string describe(const std::string& what_happened) const;

private:
    using clock = std::chrono::steady_clock;

    using pool = std::shared_ptr<mongo_pool>;

    struct request {
        const std::string& collection;
        const std::string doing;
        const attempt& command;
        clock::time_point until; ///< nothing begins later
    };

    pool open_pool(clock::time_point until, mongo_failure& failure);
    bool find_primary(const mongo_connection& client, clock::time_point until,
                      clock::time_point longest, outcome& result);
    mongo_handle<mongoc_collection_t>
    open_collection(mongoc_client_t* client, const std::string& name,
                    clock::time_point until) const;
    void send(const mongo_connection& client, const request& asked,
              clock::time_point longest, outcome& result);
    void run_once(const pool& from, const request& asked, outcome& result);
    void repeat(const pool& from, const request& asked, outcome& result);
    void run_in_time(const pool& from, const request& asked, outcome& result);
    bool is_pausing(mongo_failure& failure);
    void pause_after(const mongo_failure& failure);
    bool is_known_away(const pool& from, const mongo_connection& client,
                       mongo_failure& failure);
    void note_selection(const mongo_failure& failure);

    const mongo_address address_;
    const mongo_limits limits_;
    /// As far as known.
    std::atomic<bool> has_write_concern_{true};
    std::atomic<bool> lack_is_untold_{false};
    std::mutex mutex_;
    std::condition_variable made_;
    // Under mutex_:
    pool pool_;
    bool making_ = false;
    clock::time_point paused_until_{};
    mongo_failure paused_by_;
    mongo_failure away_by_; ///< why the last search for a primary failed
    clock::time_point away_since_{}; ///< when it first failed
};

} // namespace auth
