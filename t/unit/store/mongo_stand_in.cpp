#include "mongo_stand_in.h"

#include <arpa/inet.h>
#include <array>
#include <bson/bson.h>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace auth_test {

namespace {

constexpr char handshake_without_time[] =
    R"({"ismaster": true, "isWritablePrimary": true, "minWireVersion": 0,)"
    R"( "maxWireVersion": 13, "maxBsonObjectSize": 16777216,)"
    R"( "maxMessageSizeBytes": 48000000, "maxWriteBatchSize": 100000,)"
    R"( "ok": 1})";

constexpr std::int32_t op_reply = 1;
constexpr std::int32_t op_query = 2004;
constexpr std::int32_t op_msg = 2013;

/// Little-endian, as the machines of the tests are.
struct message_header {
    std::int32_t size = 0;
    std::int32_t id = 0;
    std::int32_t answers = 0;
    std::int32_t operation = 0;
};

bool receive(int connection, void* into, std::size_t size)
{
    return recv(connection, into, size, MSG_WAITALL) ==
           static_cast<ssize_t>(size);
}

struct named_command {
    std::string name; ///< its first field
    std::string json;
};

named_command command_in(const message_header& header, const std::string& body)
{
    // flags, then the kind of the section; or flags, a name, two numbers
    std::size_t start = 5;
    if (header.operation == op_query) {
        start = body.find('\0', 4) + 1 + 8;
    }
    bson_t command;
    bson_iter_t field;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(body.data());
    std::uint32_t size = 0;
    if (start + sizeof(size) > body.size()) {
        return {};
    }
    std::memcpy(&size, bytes + start, sizeof(size));
    if (size > body.size() - start ||
        !bson_init_static(&command, bytes + start, size) ||
        !bson_iter_init(&field, &command) || !bson_iter_next(&field)) {
        return {};
    }
    named_command found{bson_iter_key(&field), {}};
    char* json = bson_as_relaxed_extended_json(&command, nullptr);
    found.json = json;
    bson_free(json);
    return found;
}

std::string to_bson(const std::string& json)
{
    bson_error_t error{};
    bson_t document;
    if (!bson_init_from_json(&document, json.c_str(), -1, &error)) {
        ADD_FAILURE() << json << ": " << error.message;
        return {};
    }
    std::string bytes(reinterpret_cast<const char*>(bson_get_data(&document)),
                      document.len);
    bson_destroy(&document);
    return bytes;
}

void reply(int connection, const message_header& to, const std::string& bytes)
{
    std::string body;
    if (to.operation == op_query) {
        body = std::string(16, '\0') + std::string("\1\0\0\0", 4) + bytes;
    } else {
        body = std::string(5, '\0') + bytes;
    }
    message_header header;
    header.answers = to.id;
    header.operation = to.operation == op_query ? op_reply : op_msg;
    header.size = static_cast<std::int32_t>(sizeof(header) + body.size());
    body.insert(0, reinterpret_cast<const char*>(&header), sizeof(header));
    (void)send(connection, body.data(), body.size(), MSG_NOSIGNAL);
}

} // namespace

mongo_stand_in::mongo_stand_in(script answers, std::int64_t ahead_ms)
    : answers_(std::move(answers)), ahead_ms_(ahead_ms),
      socket_(socket(AF_INET, SOCK_STREAM, 0))
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof(address);
    EXPECT_EQ(bind(socket_, generic, size), 0);
    EXPECT_EQ(getsockname(socket_, generic, &size), 0);
    EXPECT_EQ(listen(socket_, 64), 0);
    port_ = ntohs(address.sin_port);
    accepting_ = std::thread([this] { accept_all(); });
}

mongo_stand_in::~mongo_stand_in()
{
    shutdown(socket_, SHUT_RDWR);
    accepting_.join();
    {
        std::lock_guard<std::mutex> lock(mutex_);
        for (int connection : connections_) {
            shutdown(connection, SHUT_RDWR);
        }
    }
    for (std::thread& thread : threads_) {
        thread.join();
    }
    close(socket_);
}

std::string mongo_stand_in::uri() const
{
    return "mongodb://127.0.0.1:" + std::to_string(port_) + "/d";
}

std::string mongo_stand_in::handshake() const
{
    using namespace std::chrono;
    if (!tells_time_) {
        return handshake_without_time;
    }
    const std::int64_t now =
        duration_cast<milliseconds>(system_clock::now().time_since_epoch())
            .count();
    return R"({"localTime": {"$date": {"$numberLong": ")" +
           std::to_string(now + ahead_ms_) + R"("}}, )" +
           std::string(handshake_without_time).substr(1);
}

void mongo_stand_in::accept_all()
{
    int connection = -1;
    while ((connection = accept(socket_, nullptr, nullptr)) >= 0) {
        std::lock_guard<std::mutex> lock(mutex_);
        connections_.push_back(connection);
        threads_.emplace_back([this, connection] { serve(connection); });
    }
}

void mongo_stand_in::serve(int connection)
{
    std::this_thread::sleep_for(delay_.load());
    while (answer_one(connection)) {
    }
    std::lock_guard<std::mutex> lock(mutex_);
    connections_.remove(connection);
    close(connection);
}

/// False at the end of the connection.
bool mongo_stand_in::answer_one(int connection)
{
    message_header header;
    if (!receive(connection, &header, sizeof(header))) {
        return false;
    }
    std::string body(static_cast<std::size_t>(header.size) - sizeof(header),
                     '\0');
    if (!receive(connection, body.data(), body.size()) || dead_) {
        return false;
    }
    const named_command asked = command_in(header, body);
    const std::string& command = asked.name;
    if (command == "isMaster" || (command == "hello" && knows_hello_)) {
        reply(connection, header, to_bson(handshake()));
        return true;
    }
    if (command == "hello") {
        reply(connection, header,
              to_bson(R"({"ok": 0, "code": 59, "errmsg": "no such command"})"));
        return true;
    }
    if (command == "endSessions") {
        return false;
    }
    const std::string answer = answers_(command, asked.json);
    dead_ = dead_ || answer == dies;
    if (answer == garbage) {
        (void)send(connection, "garbage, garbage, garbage", 25, MSG_NOSIGNAL);
    }
    if (answer == closes || answer == garbage || answer == dies) {
        return false;
    }
    reply(connection, header, to_bson(answer));
    return true;
}

} // namespace auth_test
