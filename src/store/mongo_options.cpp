#include "store/mongo_options.h"

#include <algorithm>
#include <memory>

namespace auth {

namespace {

constexpr int32_t selection_limit_ms = 2000;
constexpr int32_t connect_limit_ms = 1000;
constexpr int32_t command_limit_ms = 2000;
/// The driver tries a lost server again after this time at the latest, so that
/// an election does not cost two time limits in a row.
constexpr int32_t heartbeat_ms = 1000;
/// An operation may take so much longer than the longest of its waits: what is
/// tried again after an error, and what came before, is quick where all is
/// well.
constexpr std::chrono::milliseconds operation_more{500};

void set_default(mongoc_uri_t* uri, const char* option, int32_t value)
{
    if (!mongoc_uri_has_option(uri, option)) {
        mongoc_uri_set_option_as_int32(uri, option, value);
    }
}

void set_times(mongoc_uri_t* uri)
{
    set_default(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, selection_limit_ms);
    set_default(uri, MONGOC_URI_CONNECTTIMEOUTMS, connect_limit_ms);
    set_default(uri, MONGOC_URI_SOCKETTIMEOUTMS, command_limit_ms);
    set_default(uri, MONGOC_URI_WAITQUEUETIMEOUTMS, selection_limit_ms);
    set_default(uri, MONGOC_URI_HEARTBEATFREQUENCYMS, heartbeat_ms);
    if (!mongoc_uri_has_option(uri, MONGOC_URI_APPNAME)) {
        mongoc_uri_set_appname(uri, "ngx_http_auth_module");
    }
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYREADS, false);
    mongoc_uri_set_option_as_bool(uri, MONGOC_URI_RETRYWRITES, false);
}

/// Returns the limit that the URI has, and lets libmongoc wait for less.
std::chrono::milliseconds take_limit(mongoc_uri_t* uri, const char* option)
{
    constexpr auto step = static_cast<int32_t>(mongo_wait_step.count());
    const int32_t limit = mongoc_uri_get_option_as_int32(uri, option, step);
    mongoc_uri_set_option_as_int32(uri, option, std::min(limit, step));
    return std::chrono::milliseconds(limit);
}

mongo_limits take_limits(mongoc_uri_t* uri)
{
    mongo_limits limits{};
    limits.selection = take_limit(uri, MONGOC_URI_SERVERSELECTIONTIMEOUTMS);
    limits.queue = take_limit(uri, MONGOC_URI_WAITQUEUETIMEOUTMS);
    const std::chrono::milliseconds connect(mongoc_uri_get_option_as_int32(
        uri, MONGOC_URI_CONNECTTIMEOUTMS, connect_limit_ms));
    const std::chrono::milliseconds command(mongoc_uri_get_option_as_int32(
        uri, MONGOC_URI_SOCKETTIMEOUTMS, command_limit_ms));
    limits.operation =
        std::max({limits.selection, connect, command}) + operation_more;
    return limits;
}

/// Everything else that the URI says about writes (journal, a shorter
/// wtimeoutMS) stays. With this limit the server says that no majority has
/// confirmed a write well before this side stops listening.
void write_to_a_majority(mongoc_uri_t* uri)
{
    const int64_t longest =
        std::max(1, mongoc_uri_get_option_as_int32(
                        uri, MONGOC_URI_SOCKETTIMEOUTMS, command_limit_ms) /
                        2);
    mongo_handle<mongoc_write_concern_t> concern(
        mongoc_write_concern_copy(mongoc_uri_get_write_concern(uri)));
    mongoc_write_concern_set_w(concern.get(), MONGOC_WRITE_CONCERN_W_MAJORITY);
    const int64_t written =
        mongoc_write_concern_get_wtimeout_int64(concern.get());
    mongoc_write_concern_set_wtimeout_int64(
        concern.get(), written > 0 ? std::min(written, longest) : longest);
    mongoc_uri_set_write_concern(uri, concern.get());
}

void read_from_the_primary(mongoc_uri_t* uri)
{
    struct prefs_closer {
        void operator()(mongoc_read_prefs_t* prefs) const
        {
            mongoc_read_prefs_destroy(prefs);
        }
    };
    std::unique_ptr<mongoc_read_prefs_t, prefs_closer> primary(
        mongoc_read_prefs_new(MONGOC_READ_PRIMARY));
    mongoc_uri_set_read_prefs_t(uri, primary.get());
}

} // namespace

mongo_limits set_mongo_options(mongoc_uri_t* uri)
{
    set_times(uri);
    write_to_a_majority(uri);
    read_from_the_primary(uri);
    return take_limits(uri);
}

mongo_limits limits_of_mongo(const wiped_string& uri)
{
    const mongo_handle<mongoc_uri_t> parsed(mongoc_uri_new(uri.c_str()));
    return parsed ? set_mongo_options(parsed.get()) : mongo_limits{};
}

} // namespace auth
