#pragma once

#include "store/mongo_handles.h"
#include "store/user_store.h"

#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace auth_test {

/// The server that MONGO_URI names, with a database of its own for one test.
class mongo_test_server
{
public:
    /// Whether there is MONGO_URI in the environment.
    static bool is_there();

    mongo_test_server();
    mongo_test_server(const mongo_test_server&) = delete;
    mongo_test_server& operator=(const mongo_test_server&) = delete;
    /// Drops the database and ends all failpoints.
    ~mongo_test_server();

    const std::string& database() const noexcept { return database_; }
    /// MONGO_URI with the test's database in it.
    const std::string& uri() const noexcept { return uri_; }
    /// The same with another user.
    std::string uri_as(const std::string& user_and_password) const;

    mongoc_collection_t* users() const noexcept { return users_.get(); }

    /// Runs a command, written in JSON, on database `where`; false after an
    /// error.
    bool run(const std::string& where, const std::string& json,
             std::string* reply = nullptr);

    /// Lets the next commands fail, as `data` says; false where the server
    /// has no failpoints.
    bool fail(const std::string& mode, const std::string& data);

private:
    struct closer {
        void operator()(mongoc_client_t* client) const
        {
            mongoc_client_destroy(client);
        }
    };

    std::string database_;
    std::string uri_;
    std::unique_ptr<mongoc_client_t, closer> client_;
    auth::mongo_handle<mongoc_collection_t> users_;
    bool failing_ = false;
};

/// The store of a URI that must be valid.
std::unique_ptr<auth::user_store> open_store(const std::string& uri);

/// Tests that need a server.
class mongo_server_test : public testing::Test
{
protected:
    void SetUp() override
    {
        if (!mongo_test_server::is_there()) {
            GTEST_SKIP() << "MongoDB is not tested: set MONGO_URI";
        }
        server_ = std::make_unique<mongo_test_server>();
        store_ = open_store(server_->uri());
    }

    std::string indexes()
    {
        std::string reply;
        server_->run(server_->database(), R"({"listIndexes": "users"})",
                     &reply);
        return reply;
    }

    void create_index(const std::string& index)
    {
        EXPECT_TRUE(server_->run(server_->database(),
                                 R"({"createIndexes": "users", "indexes": [)" +
                                     index + "]}"));
    }

    std::unique_ptr<mongo_test_server> server_;
    std::unique_ptr<auth::user_store> store_;
};

} // namespace auth_test
