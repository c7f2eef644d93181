// What is made of the errors of libmongoc and of servers.

#include "store/mongo_error.h"

#include <gtest/gtest.h>

using kind = auth::mongo_failure::kind;

namespace {

auth::mongo_failure classify(std::uint32_t domain, std::uint32_t code)
{
    bson_error_t error{};
    bson_set_error(&error, domain, code, "it says \"$hash\"\n\x1b[31m");
    return auth::classify_mongo_error(error, "read");
}

kind of_server(std::uint32_t code)
{
    return classify(MONGOC_ERROR_SERVER, code).what;
}

} // namespace

TEST(mongo_error_test, what_a_server_says)
{
    for (std::uint32_t code :
         {6U, 7U, 50U, 89U, 91U, 189U, 262U, 9001U, 11600U, 11602U, 13436U}) {
        EXPECT_EQ(of_server(code), kind::lost) << code;
    }
    for (std::uint32_t code : {10107U, 13435U, 10058U}) {
        EXPECT_EQ(of_server(code), kind::not_done) << code;
    }
    for (std::uint32_t code : {11000U, 11001U, 12582U}) {
        EXPECT_EQ(of_server(code), kind::duplicate) << code;
    }
    for (std::uint32_t code : {0U, 2U, 13U, 59U, 100U, 121U, 14031U}) {
        EXPECT_EQ(of_server(code), kind::refused) << code;
    }
    EXPECT_EQ(of_server(18), kind::not_authorized);
}

TEST(mongo_error_test, cause_for_those_who_count)
{
    using cause = auth::store_failure::cause;
    const auto of_code = [](std::uint32_t code) {
        return cause_of(classify(MONGOC_ERROR_SERVER, code));
    };
    EXPECT_EQ(of_code(14031), cause::full);
    for (std::uint32_t code : {13U, 18U, 121U, 11000U}) {
        EXPECT_EQ(of_code(code), cause::refused) << code;
    }
    for (std::uint32_t code : {91U, 10107U}) {
        EXPECT_EQ(of_code(code), cause::away) << code;
    }
}

TEST(mongo_error_test, server_is_not_quoted)
{
    for (std::uint32_t code :
         {0U, 2U, 13U, 18U, 50U, 91U, 100U, 121U, 10107U, 11000U, 14031U}) {
        for (std::uint32_t domain :
             {MONGOC_ERROR_SERVER, MONGOC_ERROR_WRITE_CONCERN}) {
            auth::mongo_failure failure = classify(domain, code);
            EXPECT_NE(failure.text, "");
            EXPECT_EQ(failure.text.find("$hash"), std::string::npos);
            EXPECT_EQ(failure.code, static_cast<int>(code));
        }
    }
}

TEST(mongo_error_test, write_concern)
{
    // The majority has not got it yet; or nobody knows whether it will.
    EXPECT_EQ(classify(MONGOC_ERROR_WRITE_CONCERN, 64).what, kind::unconfirmed);
    EXPECT_EQ(classify(MONGOC_ERROR_WRITE_CONCERN, 100).what,
              kind::unconfirmed);
    EXPECT_EQ(classify(MONGOC_ERROR_WRITE_CONCERN, 91).what, kind::lost);
    EXPECT_EQ(classify(MONGOC_ERROR_WRITE_CONCERN, 10107).what, kind::lost);
}

TEST(mongo_error_test, what_the_library_says)
{
    struct {
        std::uint32_t domain;
        std::uint32_t code;
        kind expected;
    } const cases[] = {
        {MONGOC_ERROR_SERVER_SELECTION, MONGOC_ERROR_SERVER_SELECTION_FAILURE,
         kind::not_sent},
        {MONGOC_ERROR_SCRAM, MONGOC_ERROR_SCRAM_PROTOCOL_ERROR, kind::not_sent},
        {MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_CONNECT, kind::not_sent},
        {MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_NAME_RESOLUTION,
         kind::not_sent},
        {MONGOC_ERROR_STREAM, MONGOC_ERROR_STREAM_SOCKET, kind::lost},
        {MONGOC_ERROR_PROTOCOL, MONGOC_ERROR_PROTOCOL_INVALID_REPLY,
         kind::lost},
        {MONGOC_ERROR_CLIENT, MONGOC_ERROR_CLIENT_TOO_BIG, kind::refused},
        {MONGOC_ERROR_CLIENT, MONGOC_ERROR_CLIENT_AUTHENTICATE,
         kind::not_authorized},
        {MONGOC_ERROR_COMMAND, MONGOC_ERROR_COMMAND_INVALID_ARG, kind::refused},
        {MONGOC_ERROR_BSON, MONGOC_ERROR_BSON_INVALID, kind::refused},
        {0, 0, kind::lost},
    };
    for (const auto& each : cases) {
        auth::mongo_failure failure = classify(each.domain, each.code);
        EXPECT_EQ(failure.what, each.expected)
            << each.domain << " " << each.code;
        EXPECT_TRUE(failure.failed());
        // It is fit for one line of a log.
        EXPECT_EQ(failure.text.find_first_of("\n\x1b"), std::string::npos);
    }
}
