// Servers that cannot be reached. These tests need no MongoDB.

#include "mongo_test_server.h"
#include "test_store.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

using namespace auth_test;
using auth::store_answer;
using auth::stored_user;
using code = auth::store_answer::code;

namespace {

/// A port of this machine at which nobody listens, or nobody answers.
class dead_port
{
public:
    explicit dead_port(bool listens) : socket_(socket(AF_INET, SOCK_STREAM, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        auto generic = reinterpret_cast<sockaddr*>(&address);
        socklen_t size = sizeof(address);
        EXPECT_EQ(bind(socket_, generic, size), 0);
        EXPECT_EQ(getsockname(socket_, generic, &size), 0);
        port_ = ntohs(address.sin_port);
        if (listens) {
            EXPECT_EQ(listen(socket_, 64), 0);
        }
    }
    dead_port(const dead_port&) = delete;
    dead_port& operator=(const dead_port&) = delete;
    ~dead_port() { close(socket_); }

    std::string host() const { return "127.0.0.1:" + std::to_string(port_); }

private:
    int socket_;
    int port_ = 0;
};

} // namespace

TEST(mongo_down_test, closed_port)
{
    dead_port port(false);
    auto store = open_store("mongodb://ann:hidden@" + port.host() + "/test");
    stored_user found;
    store_answer answer;
    double took = seconds([&] { answer = take(store->find({"ann"}), found); });
    EXPECT_TRUE(has(answer, code::unavailable, "connect"));
    EXPECT_TRUE(has(answer, code::unavailable, port.host().c_str()));
    EXPECT_LT(took, soon);
    std::vector<std::string> passwords;
    took = seconds([&] { answer = read_passwords(*store, passwords); });
    EXPECT_TRUE(has(answer, code::unavailable, "connect"));
    EXPECT_LT(took, soon);
    took = seconds([&] { answer = store->insert(new_user("ann")); });
    EXPECT_TRUE(has(answer, code::unavailable, "connect"));
    EXPECT_LT(took, soon);
    took = seconds(
        [&] { answer = replace_password(*store, new_user("ann"), "$new"); });
    EXPECT_TRUE(has(answer, code::unavailable, "connect"));
    EXPECT_LT(took, soon);
    took = seconds([&] { answer = store->is_taken("ann"); });
    EXPECT_TRUE(has(answer, code::unavailable, "connect"));
    EXPECT_LT(took, soon);
}

TEST(mongo_down_test, server_that_never_answers)
{
    dead_port port(true);
    auto store = open_store("mongodb://" + port.host() + "/test");
    stored_user found;
    store_answer answer;
    double took = seconds([&] { answer = take(store->find({"ann"}), found); });
    EXPECT_TRUE(has(answer, code::unavailable, "timeout"));
    EXPECT_LT(took, soon);
    took = seconds([&] { answer = store->insert(new_user("ann")); });
    EXPECT_EQ(answer.status, code::unavailable);
    EXPECT_LT(took, soon);
}

TEST(mongo_down_test, host_that_does_not_exist)
{
    for (const char* uri :
         {"mongodb://db.auth-test.invalid/test",
          "mongodb+srv://u:hidden@db.auth-test.invalid/test"}) {
        auto store = open_store(uri);
        stored_user found;
        EXPECT_TRUE(has(take(store->find({"ann"}), found), code::unavailable,
                        "db.auth-test.invalid"));
        store_answer again;
        double took =
            seconds([&] { again = take(store->find({"ann"}), found); });
        EXPECT_EQ(again.status, code::unavailable);
        EXPECT_LT(took, soon);
    }
}

TEST(mongo_down_test, nobody_waits_for_what_is_known_to_be_away)
{
    dead_port port(false);
    auto store = open_store("mongodb://" + port.host() + "/test");
    EXPECT_EQ(find(*store), code::unavailable);
    const double took = seconds([&] {
        for (int i = 0; i < 20; ++i) {
            stored_user found;
            EXPECT_TRUE(has(take(store->find({"ann"}), found),
                            code::unavailable, "connect"));
        }
    });
    EXPECT_LT(took, soon); // each of them would wait for two seconds
}

TEST(mongo_down_test, many_threads_wait_together)
{
    dead_port port(false);
    auto store = open_store("mongodb://" + port.host() + "/test");
    double took = seconds([&] {
        std::vector<std::thread> threads;
        for (int i = 0; i < 50; ++i) {
            threads.emplace_back(
                [&] { EXPECT_EQ(find(*store), code::unavailable); });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
    });
    EXPECT_LT(took, soon);
}
