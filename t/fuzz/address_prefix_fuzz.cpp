// A client's address: the bytes of a sockaddr_in or sockaddr_in6.

#include "target.h"

#include "throttle/address_prefix.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <cstring>

namespace auth::fuzz {

namespace {

std::uint64_t prefix_of(const void* address)
{
    return address_prefix(static_cast<const sockaddr*>(address));
}

void check_ipv4(std::string_view bytes)
{
    sockaddr_in ipv4{};
    std::memcpy(&ipv4, bytes.data(), bytes.size());
    const std::uint64_t key = prefix_of(&ipv4);
    HOLDS(key >> 56 == 0xff &&
          (key & 0xffffffff) == ntohl(ipv4.sin_addr.s_addr));

    // The same address inside IPv6 is the same party.
    for (const unsigned char* start : {reinterpret_cast<const unsigned char*>(
                                           "\0\0\0\0\0\0\0\0\0\0\xff\xff"),
                                       reinterpret_cast<const unsigned char*>(
                                           "\0\x64\xff\x9b\0\0\0\0\0\0\0\0")}) {
        sockaddr_in6 mapped{};
        mapped.sin6_family = AF_INET6;
        std::memcpy(mapped.sin6_addr.s6_addr, start, 12);
        std::memcpy(mapped.sin6_addr.s6_addr + 12, &ipv4.sin_addr, 4);
        HOLDS(prefix_of(&mapped) == key);
    }
}

void check_ipv6(std::string_view bytes)
{
    sockaddr_in6 ipv6{};
    std::memcpy(&ipv6, bytes.data(), bytes.size());
    const std::uint64_t key = prefix_of(&ipv6);
    HOLDS(key != 0);
    const unsigned char* address = ipv6.sin6_addr.s6_addr;
    if (address[0] != 0 && address[0] != 0xff) {
        std::uint64_t network = 0;
        for (int i = 0; i < 8; ++i) {
            network = network << 8 | address[i];
        }
        HOLDS(key == network);
        ipv6.sin6_addr.s6_addr[15] ^= 1;
        ipv6.sin6_port ^= 1;
        HOLDS(prefix_of(&ipv6) == key);
    }
}

} // namespace

void run(std::string_view input)
{
    HOLDS(address_prefix(nullptr) == 0);
    if (input.size() < sizeof(sockaddr_in)) {
        return;
    }
    // As long as its family says; at an odd place for all but the family.
    sa_family_t family = 0;
    std::memcpy(&family, input.data(), sizeof family);
    const std::size_t size =
        family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
    if (input.size() < size) {
        return;
    }
    const exact_bytes bytes(".." + std::string(input.substr(0, size)));
    const std::string_view address = bytes.view().substr(2);
    const std::uint64_t key = prefix_of(address.data());
    switch (family) {
    case AF_INET:
        return check_ipv4(address);
    case AF_INET6:
        return check_ipv6(address);
    default:
        HOLDS(key == 0);
    }
}

} // namespace auth::fuzz
