#include "throttle/address_prefix.h"

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <set>
#include <string>
#include <vector>

namespace auth {
namespace {

std::uint64_t key_of(const std::string& text)
{
    sockaddr_storage storage;
    std::memset(&storage, 0xa5, sizeof storage); // port, flow, scope
    auto* const ipv4 = reinterpret_cast<sockaddr_in*>(&storage);
    auto* const ipv6 = reinterpret_cast<sockaddr_in6*>(&storage);
    if (inet_pton(AF_INET, text.c_str(), &ipv4->sin_addr) == 1) {
        ipv4->sin_family = AF_INET;
    } else {
        EXPECT_EQ(inet_pton(AF_INET6, text.c_str(), &ipv6->sin6_addr), 1)
            << text;
        ipv6->sin6_family = AF_INET6;
    }
    return address_prefix(reinterpret_cast<sockaddr*>(&storage));
}

TEST(address_prefix, addresses_of_one_party)
{
    const std::vector<std::vector<std::string>> parties = {
        {"192.0.2.1", "::ffff:192.0.2.1", "64:ff9b::192.0.2.1"},
        {"127.0.0.1", "::ffff:127.0.0.1"},
        {"0.0.0.0", "::ffff:0.0.0.0"},
        {"255.255.255.255", "64:ff9b::255.255.255.255"},
        {"2001:db8:1:2::", "2001:db8:1:2::1",
         "2001:db8:1:2:ffff:ffff:ffff:ffff"},
        {"fe80::1", "fe80::2:3:4:5"},
        {"::1", "::", "::2", "::192.0.2.1", "::fffe:192.0.2.1"},
        {"ffff:ffff:ffff:ffff::", "ffff:ffff:ffff:ffff::1"},
    };
    std::set<std::uint64_t> keys;
    for (const auto& party : parties) {
        for (const std::string& address : party) {
            EXPECT_EQ(key_of(address), key_of(party[0])) << address;
        }
        EXPECT_TRUE(keys.insert(key_of(party[0])).second) << party[0];
        EXPECT_NE(key_of(party[0]), 0u) << party[0];
    }
}

TEST(address_prefix, addresses_of_different_parties)
{
    const std::vector<std::string> addresses = {
        "192.0.2.1",
        "192.0.2.2",
        "192.0.3.1",
        "1.2.0.192",
        "0.0.0.1",
        "::1",
        "2001:db8:1:2::1",
        "2001:db8:1:3::1",
        "2001:db8:2:2::1",
        "1:2001:db8:2::1",
        "64:ff9b:1::192.0.2.1", // RFC 8215: somebody's own network
        "64:ff9b::1:0:0:1",     // beside the /96
        "64:ff9a::192.0.2.1",
        "0:0:c000:201::", // 192.0.2.1 as an IPv6 prefix
        "c000:201::",
        "0:0:0:ffff::",
    };
    std::set<std::uint64_t> keys{0};
    for (const std::string& address : addresses) {
        EXPECT_TRUE(keys.insert(key_of(address)).second) << address;
    }
}

TEST(address_prefix, every_ipv4_address_is_its_own)
{
    std::set<std::uint64_t> keys;
    for (int bit = 0; bit < 32; ++bit) {
        in_addr address{htonl(1u << bit)};
        char text[INET_ADDRSTRLEN];
        inet_ntop(AF_INET, &address, text, sizeof text);
        EXPECT_TRUE(keys.insert(key_of(text)).second);
    }
}

TEST(address_prefix, no_address_is_zero)
{
    sockaddr_un local = {};
    local.sun_family = AF_UNIX;
    std::strcpy(local.sun_path, "/run/nginx.sock");
    EXPECT_EQ(address_prefix(reinterpret_cast<sockaddr*>(&local)), 0u);
    sockaddr unknown = {};
    EXPECT_EQ(address_prefix(&unknown), 0u);
    EXPECT_EQ(address_prefix(nullptr), 0u);
}

} // namespace
} // namespace auth
