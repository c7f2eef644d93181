#pragma once

#include <string>
#include <string_view>

namespace auth {

/// A byte of a header's name as upstreams may read it: a small letter, and `-`
/// for every byte that is no letter or digit. By hand, since every request
/// pays for it.
constexpr char fold_header_byte(unsigned char c) noexcept
{
    const auto small = static_cast<unsigned char>(c | 0x20);
    if (small >= 'a' && small <= 'z') {
        return static_cast<char>(small);
    }
    return c >= '0' && c <= '9' ? static_cast<char>(c) : '-';
}

inline std::string fold_header_name(std::string_view name)
{
    std::string folded(name);
    for (char& c : folded) {
        c = fold_header_byte(static_cast<unsigned char>(c));
    }
    return folded;
}

} // namespace auth
