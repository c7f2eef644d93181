#pragma once

// Numbers, sizes and times as nginx writes them in its configuration: what
// nginx accepts is accepted, and nothing else.

#include <cstdint>
#include <optional>
#include <string_view>

namespace auth {

/// Digits alone; below 2^63.
std::optional<std::uint64_t> read_number(std::string_view text) noexcept;

/// A size in bytes: `512k`, `10m`, `65536`.
std::optional<std::uint64_t> read_size(std::string_view text) noexcept;

/// A time in milliseconds: `30m`, `1h30m`, `1d 12h`, `500ms`; a number alone
/// is of seconds.
std::optional<std::uint64_t> read_time(std::string_view text) noexcept;

} // namespace auth
