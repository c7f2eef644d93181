#include "mongo_test_server.h"

#include "store/mongo_uri.h"
#include "store/store_uri.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <random>

namespace auth_test {

namespace {

/// Puts another database into a URI; users stay those of the old one.
std::string with_database(const std::string& uri, const std::string& name)
{
    std::size_t hosts = uri.find("://") + 3;
    std::size_t slash = uri.find_first_of("/?", hosts);
    std::string options;
    std::string old;
    if (slash != uri.npos) {
        std::size_t question = uri.find('?', slash);
        options = question == uri.npos ? "" : uri.substr(question + 1);
        old = uri[slash] == '/' ? uri.substr(slash + 1, question - slash - 1)
                                : "";
    }
    bool has_user = uri.find('@') != uri.npos;
    if (has_user && options.find("authSource") == options.npos) {
        options += (options.empty() ? "authSource=" : "&authSource=") +
                   (old.empty() ? "admin" : old);
    }
    return uri.substr(0, slash) + "/" + name +
           (options.empty() ? "" : "?" + options);
}

} // namespace

bool mongo_test_server::is_there()
{
    return std::getenv("MONGO_URI");
}

mongo_test_server::mongo_test_server()
{
    static const bool ready = [] {
        mongoc_init();
        auth::silence_mongo_log();
        return true;
    }();
    (void)ready;

    std::random_device random;
    database_ = "auth_unit_" + std::to_string(random());
    uri_ = with_database(std::getenv("MONGO_URI"), database_);
    client_.reset(mongoc_client_new(uri_.c_str()));
    mongoc_client_set_error_api(client_.get(), MONGOC_ERROR_API_VERSION_2);
    users_.reset(mongoc_client_get_collection(client_.get(), database_.c_str(),
                                              "users"));
}

mongo_test_server::~mongo_test_server()
{
    if (failing_) {
        fail("\"off\"", "{}");
    }
    run(database_, R"({"dropDatabase": 1})");
}

std::string
mongo_test_server::uri_as(const std::string& user_and_password) const
{
    std::size_t hosts = uri_.find("://") + 3;
    std::size_t at = uri_.find('@', hosts);
    return uri_.substr(0, hosts) + user_and_password + "@" +
           uri_.substr(at == uri_.npos ? hosts : at + 1);
}

bool mongo_test_server::run(const std::string& where, const std::string& json,
                            std::string* reply)
{
    bson_error_t error{};
    bson_t command;
    if (!bson_init_from_json(&command, json.c_str(), -1, &error)) {
        ADD_FAILURE() << json << ": " << error.message;
        return false;
    }
    bson_t answer;
    bool good = mongoc_client_command_simple(
        client_.get(), where.c_str(), &command, nullptr, &answer, &error);
    if (reply) {
        char* text = bson_as_relaxed_extended_json(&answer, nullptr);
        *reply = text;
        bson_free(text);
    }
    bson_destroy(&answer);
    bson_destroy(&command);
    return good;
}

bool mongo_test_server::fail(const std::string& mode, const std::string& data)
{
    failing_ = true;
    return run("admin", R"({"configureFailPoint": "failCommand", "mode": )" +
                            mode + R"(, "data": )" + data + "}");
}

std::unique_ptr<auth::user_store> open_store(const std::string& uri)
{
    return auth::open_user_store(auth::parse_store_uri(uri).value());
}

} // namespace auth_test
