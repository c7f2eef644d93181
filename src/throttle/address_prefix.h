#pragma once

#include <cstdint>

struct sockaddr;

namespace auth {

/// The part of a client's address that stands for one party: IPv4 whole,
/// IPv6 /64; IPv4-mapped addresses and 64:ff9b::/96 count as IPv4. As a
/// 64-bit key: IPv6 prefixes as they are; IPv4, and the IPv6 prefix of zeros
/// (that of ::1), under ff00::/8, from which no client comes because it is
/// multicast. Unix sockets and anything else: 0.
std::uint64_t address_prefix(const sockaddr* address) noexcept;

/// Who may have many of these prefixes: the /48 of an IPv6 prefix; any other
/// prefix itself.
constexpr std::uint64_t address_network(std::uint64_t prefix) noexcept
{
    return prefix >> 56 != 0xff ? prefix >> 16 : prefix;
}

} // namespace auth
