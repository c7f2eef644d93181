#include "store/mongo_pool.h"

#include "store/mongo_options.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <mutex>
#include <string_view>

namespace auth {

namespace {

/// More connections than threads of a worker that ask at the same time.
constexpr uint32_t most_connections = 32;

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

struct server_closer {
    void operator()(mongoc_server_description_t* server) const
    {
        mongoc_server_description_destroy(server);
    }
};

bool look_for_primary(mongoc_client_t* client, bson_error_t* error)
{
    const std::unique_ptr<mongoc_server_description_t, server_closer> primary(
        mongoc_client_select_server(client, true, nullptr, error));
    return primary != nullptr;
}

} // namespace

std::shared_ptr<mongo_pool> mongo_pool::open(const mongo_address& address,
                                             mongo_failure& failure)
{
    open_mongo_library();
    bson_error_t error{};
    const mongo_handle<mongoc_uri_t> uri(
        mongoc_uri_new_with_error(address.uri.c_str(), &error));
    mongo_handle<mongoc_client_pool_t> pool;
    if (uri) {
        set_mongo_options(uri.get());
        pool.reset(mongoc_client_pool_new_with_error(uri.get(), &error));
    }
    if (!pool) {
        failure = classify_mongo_error(error, "use the servers");
        failure.what = mongo_failure::kind::not_sent;
        return nullptr;
    }
    mongoc_client_pool_set_error_api(pool.get(), MONGOC_ERROR_API_VERSION_2);
    if (!mongoc_uri_has_option(uri.get(), MONGOC_URI_MAXPOOLSIZE)) {
        mongoc_client_pool_max_size(pool.get(), most_connections);
    }
    return std::shared_ptr<mongo_pool>(new mongo_pool(std::move(pool)));
}

mongo_connection::mongo_connection(const mongo_pool& from,
                                   clock::time_point until)
    : pool_(from.pool_.get())
{
    do {
        client_ = mongoc_client_pool_pop(pool_);
    } while (client_ == nullptr && clock::now() < until);
}

mongo_connection::~mongo_connection()
{
    if (client_ != nullptr) {
        mongoc_client_pool_push(pool_, client_);
    }
}

bool mongo_connection::knows_server() const
{
    std::size_t count = 0;
    mongoc_server_description_t** const servers =
        mongoc_client_get_server_descriptions(client_, &count);
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

bool mongo_connection::wait_for_primary(clock::time_point until,
                                        bson_error_t* error) const
{
    // What fails sooner than that is no question of time.
    constexpr auto has_waited = mongo_wait_step / 2;
    for (;;) {
        const auto began = clock::now();
        if (look_for_primary(client_, error)) {
            return true;
        }
        const auto ended = clock::now();
        if (ended - began < has_waited || ended >= until) {
            return false;
        }
    }
}

void close_mongo_library() noexcept
{
    if (library_open.exchange(false)) {
        mongoc_cleanup();
    }
}

} // namespace auth
