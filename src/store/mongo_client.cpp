#include "store/mongo_client.h"

#include <algorithm>

namespace auth {

namespace {

using kind = mongo_failure::kind;

/// An attempt that took longer than this to fail is not repeated.
constexpr std::chrono::milliseconds quick_failure{500};
/// How long the module waits before it tries a refused password or an unknown
/// host name again.
constexpr std::chrono::milliseconds failure_pause{1000};
constexpr std::chrono::milliseconds pool_patience{2000};
/// For how long a pool looks for a primary before another one does.
constexpr std::chrono::milliseconds longest_in_vain{10000};
constexpr auto forever = std::chrono::steady_clock::time_point::max();

bool may_repeat(const mongo_failure& failure)
{
    return failure.what == kind::lost || failure.what == kind::not_done ||
           failure.what == kind::not_sent;
}

/// Whether nothing may be begun any more; then it sets `failure`.
bool is_over(std::chrono::steady_clock::time_point until,
             mongo_failure& failure)
{
    if (std::chrono::steady_clock::now() < until) {
        return false;
    }
    failure = {};
    failure.what = kind::not_sent;
    failure.text = "it has taken too long to answer what was asked before; see "
                   "socketTimeoutMS in the URI";
    return true;
}

} // namespace

mongo_client::mongo_client(mongo_address address)
    : address_(std::move(address)), limits_(limits_of_mongo(address_.uri))
{}

mongo_client::~mongo_client() = default;

/// Returns nullptr if there is no pool yet, and sets `failure`. One thread
/// makes the pool, and the others wait for a limited time, because a look-up in
/// the DNS can take long.
mongo_client::pool mongo_client::open_pool(clock::time_point until,
                                           mongo_failure& failure)
{
    std::unique_lock<std::mutex> lock(mutex_);
    made_.wait_until(lock, std::min(until, clock::now() + pool_patience),
                     [this] { return !making_; });
    if (pool_) {
        return pool_;
    }
    if (making_) {
        failure.what = kind::not_sent;
        failure.text = "the look-up of its servers in the DNS takes too long";
        return nullptr;
    }
    if (clock::now() < paused_until_) {
        failure = paused_by_;
        return nullptr;
    }

    making_ = true;
    lock.unlock();
    pool fresh = mongo_pool::open(address_, failure);
    lock.lock();
    making_ = false;
    pool_ = std::move(fresh);
    if (pool_) {
        away_by_ = {}; // its first command waits for its own threads
    } else {
        paused_until_ = clock::now() + failure_pause;
        paused_by_ = failure;
    }
    made_.notify_all();
    return pool_;
}

/// The module does not soon try again a password that a server has refused.
bool mongo_client::is_pausing(mongo_failure& failure)
{
    std::lock_guard<std::mutex> lock(mutex_);
    if (clock::now() >= paused_until_) {
        return false;
    }
    failure = paused_by_;
    return true;
}

void mongo_client::pause_after(const mongo_failure& failure)
{
    std::lock_guard<std::mutex> lock(mutex_);
    paused_until_ = clock::now() + failure_pause;
    paused_by_ = failure;
}

/// Whether the last search for a primary was in vain, and the monitoring
/// threads have found none since then. A pool that finds none for long is given
/// up: the next one looks the servers of a mongodb+srv URI up again, and has
/// new threads in the place of those that could not start.
bool mongo_client::is_known_away(const pool& from,
                                 const mongo_connection& client,
                                 mongo_failure& failure)
{
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!away_by_.failed() || client.knows_server()) {
        return false;
    }
    failure = away_by_;
    if (pool_ == from && clock::now() - away_since_ > longest_in_vain) {
        pool_.reset(); // `from` holds it: it ends without the lock
    }
    return true;
}

void mongo_client::note_selection(const mongo_failure& failure)
{
    const std::lock_guard<std::mutex> lock(mutex_);
    if (failure.failed() && !away_by_.failed()) {
        away_since_ = clock::now();
    }
    away_by_ = failure;
}

/// Waits for a primary. A search that an operation has cut short does not say
/// that there is none. One that has ended too late is of no use to it.
bool mongo_client::find_primary(const mongo_connection& client,
                                clock::time_point until,
                                clock::time_point longest, outcome& result)
{
    bson_error_t error{};
    if (client.wait_for_primary(std::min(until, longest), &error)) {
        note_selection({});
        return !is_over(until, result.failure);
    }
    result.failure = classify_mongo_error(error, "use the servers");
    result.failure.what = kind::not_sent;
    if (until >= longest) {
        note_selection(result.failure);
    }
    return false;
}

/// The server does not wait for a majority longer than until then.
mongo_handle<mongoc_collection_t>
mongo_client::open_collection(mongoc_client_t* client, const std::string& name,
                              clock::time_point until) const
{
    mongo_handle<mongoc_collection_t> opened(mongoc_client_get_collection(
        client, address_.database.c_str(), name.c_str()));
    mongo_handle<mongoc_write_concern_t> concern(mongoc_write_concern_new());
    if (has_write_concern_) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            until - clock::now());
        concern.reset(mongoc_write_concern_copy(
            mongoc_collection_get_write_concern(opened.get())));
        mongoc_write_concern_set_wtimeout_int64(
            concern.get(),
            std::clamp<int64_t>(
                left.count(), 1,
                mongoc_write_concern_get_wtimeout_int64(concern.get())));
    }
    mongoc_collection_set_write_concern(opened.get(), concern.get());
    return opened;
}

/// Sends the command when there is a primary. That may be lost in between, and
/// then the command has not been sent: that is one more search.
void mongo_client::send(const mongo_connection& client, const request& asked,
                        clock::time_point longest, outcome& result)
{
    bson_error_t error{};
    clock::time_point sent;
    do {
        if (!find_primary(client, asked.until, longest, result)) {
            return;
        }
        const auto opened =
            open_collection(client.get(), asked.collection, asked.until);
        error = {};
        sent = clock::now();
        if (asked.command({client.get(), opened.get(), &error})) {
            result.failure = {};
            return;
        }
    } while (error.domain == MONGOC_ERROR_SERVER_SELECTION &&
             clock::now() < std::min(asked.until, longest));
    mongo_failure& failure = result.failure;
    failure = classify_mongo_error(error, asked.doing);
    result.timed_out = failure.what == kind::lost && failure.code == 0 &&
                       clock::now() - sent >= quick_failure;
    result.perhaps_done |=
        failure.what == kind::lost || failure.what == kind::unconfirmed;
}

/// One attempt.
void mongo_client::run_once(const pool& from, const request& asked,
                            outcome& result)
{
    const mongo_connection client(
        *from, std::min(asked.until, clock::now() + limits_.queue));
    if (client.get() == nullptr) {
        result.failure.what = kind::not_sent;
        result.failure.text = "all connections of this worker are in use; see "
                              "maxPoolSize in the URI";
        return;
    }
    if (!is_known_away(from, client, result.failure)) {
        send(client, asked, clock::now() + limits_.selection, result);
    }
}

void mongo_client::run_in_time(const pool& from, const request& asked,
                               outcome& result)
{
    const auto began = clock::now();
    run_once(from, asked, result);
    if (result.failure.lacks_write_concern) {
        if (has_write_concern_.exchange(false)) {
            lack_is_untold_ = true;
        }
        run_once(from, asked, result);
    }
    if (may_repeat(result.failure) && clock::now() - began < quick_failure) {
        repeat(from, asked, result);
    }
    if (result.failure.what == kind::not_authorized) {
        pause_after(result.failure);
    }
}

/// The second attempt. If there is no time for it the first is the last: its
/// failure tells more.
void mongo_client::repeat(const pool& from, const request& asked,
                          outcome& result)
{
    outcome second = result;
    if (clock::now() < asked.until) {
        run_once(from, asked, second);
    }
    if (second.failure.what != kind::not_sent || clock::now() < asked.until) {
        result = std::move(second);
    }
}

mongo_client::outcome mongo_client::run(const std::string& collection,
                                        const char* doing,
                                        const attempt& command,
                                        store_time* time)
{
    const auto began = clock::now();
    outcome result;
    const auto until =
        time == nullptr ? forever : began + limits_.operation - time->spent();
    const pool from = is_over(until, result.failure)
                          ? nullptr
                          : open_pool(until, result.failure);
    if (from && !is_pausing(result.failure)) {
        run_in_time(from,
                    {collection,
                     std::string(doing) + " collection " + collection, command,
                     until},
                    result);
    }
    if (time != nullptr) {
        time->add(clock::now() - began);
    }
    return result;
}

std::string mongo_client::take_note()
{
    return lack_is_untold_.exchange(false)
               ? describe("the server has no write concern; it is asked "
                          "without, and may lose what it has confirmed")
               : std::string();
}

std::string mongo_client::describe(const std::string& what_happened) const
{
    return address_.redacted + ": " + what_happened;
}

} // namespace auth
