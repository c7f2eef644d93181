#include "throttle/address_prefix.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

namespace auth {

namespace {

constexpr std::uint64_t ipv4_prefix = UINT64_C(0xff00'0004'0000'0000);
constexpr std::uint64_t zero_prefix = UINT64_C(0xff00'0006'0000'0000);

constexpr unsigned char mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr unsigned char nat64[12] = {0, 0x64, 0xff, 0x9b, 0, 0,
                                     0, 0,    0,    0,    0, 0};

std::uint64_t big_endian(const unsigned char* bytes, int count)
{
    std::uint64_t value = 0;
    for (int i = 0; i < count; ++i) {
        value = value << 8 | bytes[i];
    }
    return value;
}

std::uint64_t ipv6_key(const unsigned char* address)
{
    if (std::memcmp(address, mapped, sizeof mapped) == 0 ||
        std::memcmp(address, nat64, sizeof nat64) == 0) {
        return ipv4_prefix | big_endian(address + 12, 4);
    }
    const std::uint64_t prefix = big_endian(address, 8);
    return prefix == 0 ? zero_prefix : prefix;
}

} // namespace

std::uint64_t address_prefix(const sockaddr* address) noexcept
{
    if (address == nullptr) {
        return 0;
    }
    // Copied out: what the pointer says of the alignment may not be true.
    switch (address->sa_family) {
    case AF_INET: {
        sockaddr_in ipv4;
        std::memcpy(&ipv4, address, sizeof ipv4);
        return ipv4_prefix | ntohl(ipv4.sin_addr.s_addr);
    }
    case AF_INET6: {
        sockaddr_in6 ipv6;
        std::memcpy(&ipv6, address, sizeof ipv6);
        return ipv6_key(ipv6.sin6_addr.s6_addr);
    }
    default:
        return 0;
    }
}

} // namespace auth
