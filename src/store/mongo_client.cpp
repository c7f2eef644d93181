#include "store/mongo_client.h"

#include "store/mongo_options.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <string_view>

namespace auth {

namespace {

using kind = mongo_failure::kind;

/// More connections than threads of a worker that ask at the same time.
constexpr uint32_t most_connections = 32;

/// An attempt that took longer than this to fail is not repeated.
constexpr std::chrono::milliseconds quick_failure{500};
/// How long the module waits before it tries a refused password or an unknown
/// host name again.
constexpr std::chrono::milliseconds failure_pause{1000};
constexpr std::chrono::milliseconds pool_patience{2000};
/// For how long a pool looks for a primary before another one does.
constexpr std::chrono::milliseconds longest_in_vain{10000};

// libmongoc has one state in a process.
// NOLINTBEGIN(cppcoreguidelines-avoid-non-const-global-variables)
std::once_flag library_once;
std::atomic<bool> library_open{false};
// NOLINTEND(cppcoreguidelines-avoid-non-const-global-variables)

void open_mongo_library()
{
    std::call_once(library_once, [] {
        silence_mongo_log();
        mongoc_init();
        library_open = true;
    });
}

/// A connection of the pool; the destructor gives it back.
class pooled_client
{
public:
    explicit pooled_client(mongoc_client_pool_t* pool)
        : pool_(pool), client_(mongoc_client_pool_pop(pool))
    {}
    pooled_client(const pooled_client&) = delete;
    pooled_client& operator=(const pooled_client&) = delete;
    ~pooled_client()
    {
        if (client_) {
            mongoc_client_pool_push(pool_, client_);
        }
    }
    mongoc_client_t* get() const noexcept { return client_; }

private:
    mongoc_client_pool_t* pool_;
    mongoc_client_t* client_;
};

/// Whether the monitoring threads know a server that commands would be sent to.
/// A server that the URI asks for directly is that whatever its state. Does not
/// wait.
bool knows_server(const mongoc_client_t* client)
{
    std::size_t count = 0;
    mongoc_server_description_t** const servers =
        mongoc_client_get_server_descriptions(client, &count);
    const bool known = std::any_of(
        servers, servers + count, [&](const mongoc_server_description_t* each) {
            const std::string_view type = mongoc_server_description_type(each);
            return type == "Standalone" || type == "RSPrimary" ||
                   type == "Mongos" || type == "LoadBalancer" ||
                   (count == 1 && type != "Unknown");
        });
    mongoc_server_descriptions_destroy_all(servers, count);
    return known;
}

bool may_repeat(const mongo_failure& failure)
{
    return failure.what == kind::lost || failure.what == kind::not_done ||
           failure.what == kind::not_sent;
}

} // namespace

mongo_client::mongo_client(mongo_address address) : address_(std::move(address))
{}

mongo_client::~mongo_client() = default;

mongo_handle<mongoc_client_pool_t>
mongo_client::make_pool(mongo_failure& failure)
{
    open_mongo_library();
    bson_error_t error{};
    mongo_handle<mongoc_uri_t> uri(
        mongoc_uri_new_with_error(address_.uri.c_str(), &error));
    mongo_handle<mongoc_client_pool_t> pool;
    if (uri) {
        set_mongo_options(uri.get());
        // Looks up the servers of a mongodb+srv URI.
        pool.reset(mongoc_client_pool_new_with_error(uri.get(), &error));
    }
    if (!pool) {
        failure = classify_mongo_error(error, "use the servers");
        failure.what = kind::not_sent;
        return pool;
    }
    mongoc_client_pool_set_error_api(pool.get(), MONGOC_ERROR_API_VERSION_2);
    if (!mongoc_uri_has_option(uri.get(), MONGOC_URI_MAXPOOLSIZE)) {
        mongoc_client_pool_max_size(pool.get(), most_connections);
    }
    return pool;
}

/// Returns nullptr if there is no pool yet, and sets `failure`. One thread
/// makes the pool, and the others wait for a limited time, because a look-up in
/// the DNS can take long.
mongo_client::pool mongo_client::open_pool(mongo_failure& failure)
{
    std::unique_lock<std::mutex> lock(mutex_);
    made_.wait_for(lock, pool_patience, [this] { return !making_; });
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
    pool fresh = make_pool(failure);
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

/// Waits for a primary. Commands would wait for it, too; but then a command
/// that was not answered could not be told from a command that was never sent.
bool mongo_client::select_primary(mongoc_client_t* client, bson_error_t* error)
{
    struct closer {
        void operator()(mongoc_server_description_t* server) const
        {
            mongoc_server_description_destroy(server);
        }
    };
    std::unique_ptr<mongoc_server_description_t, closer> primary(
        mongoc_client_select_server(client, true, nullptr, error));
    return primary != nullptr;
}

/// Whether the last search for a primary was in vain, and the monitoring
/// threads have found none since then. A pool that finds none for long is given
/// up: the next one looks the servers of a mongodb+srv URI up again, and has
/// new threads in the place of those that could not start.
bool mongo_client::is_known_away(const pool& from,
                                 const mongoc_client_t* client,
                                 mongo_failure& failure)
{
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!away_by_.failed() || knows_server(client)) {
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

void mongo_client::run_once(const pool& from, const std::string& collection,
                            const std::string& doing, const attempt& command,
                            outcome& result)
{
    mongo_failure& failure = result.failure;
    pooled_client client(from.get());
    if (client.get() == nullptr) {
        failure.what = kind::not_sent;
        failure.text = "all connections of this worker are in use; see "
                       "maxPoolSize in the URI";
        return;
    }
    if (is_known_away(from, client.get(), failure)) {
        return;
    }
    bson_error_t error{};
    if (!select_primary(client.get(), &error)) {
        failure = classify_mongo_error(error, doing);
        failure.what = kind::not_sent;
        note_selection(failure);
        return;
    }
    note_selection({});

    mongo_handle<mongoc_collection_t> opened(mongoc_client_get_collection(
        client.get(), address_.database.c_str(), collection.c_str()));
    if (!has_write_concern_) {
        const mongo_handle<mongoc_write_concern_t> none(
            mongoc_write_concern_new());
        mongoc_collection_set_write_concern(opened.get(), none.get());
    }
    const auto started = clock::now();
    if (command({client.get(), opened.get(), &error})) {
        failure = {};
        return;
    }
    failure = classify_mongo_error(error, doing);
    result.timed_out = failure.what == kind::lost && failure.code == 0 &&
                       clock::now() - started >= quick_failure;
    result.perhaps_done |=
        failure.what == kind::lost || failure.what == kind::unconfirmed;
}

mongo_client::outcome mongo_client::run(const std::string& collection,
                                        const char* doing,
                                        const attempt& command)
{
    outcome result;
    const pool from = open_pool(result.failure);
    if (!from || is_pausing(result.failure)) {
        return result;
    }
    const std::string what = std::string(doing) + " collection " + collection;
    const auto started = clock::now();
    run_once(from, collection, what, command, result);
    if (result.failure.lacks_write_concern) {
        if (has_write_concern_.exchange(false)) {
            lack_is_untold_ = true;
        }
        run_once(from, collection, what, command, result);
    }
    if (may_repeat(result.failure) && clock::now() - started < quick_failure) {
        run_once(from, collection, what, command, result);
    }
    if (result.failure.what == kind::not_authorized) {
        pause_after(result.failure);
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

void close_mongo_library() noexcept
{
    if (library_open.exchange(false)) {
        mongoc_cleanup();
    }
}

} // namespace auth
