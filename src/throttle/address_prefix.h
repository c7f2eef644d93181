#pragma once

#include <cstdint>

struct sockaddr;

namespace auth {

/// The part of a client's address that stands for one client: the whole of an
/// IPv4 address, the /64 of an IPv6 address. IPv4-mapped addresses and
/// 64:ff9b::/96 count as IPv4.
///
/// The result is a 64-bit key. An IPv6 prefix is its own key. An IPv4 address,
/// and the IPv6 prefix of zeros (that of ::1), have a key under ff00::/8, from
/// which no client comes because it is multicast. Unix sockets and everything
/// else have the key 0.
std::uint64_t address_prefix(const sockaddr* address) noexcept;

/// The network that may own many of these prefixes: the /48 of an IPv6 prefix.
/// Every other prefix is its own network.
constexpr std::uint64_t address_network(std::uint64_t prefix) noexcept
{
    return prefix >> 56 != 0xff ? prefix >> 16 : prefix;
}

} // namespace auth
