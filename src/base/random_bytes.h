#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <sys/random.h>
#include <system_error>

namespace auth {

/// Fills `bytes` from getrandom(2). Returns false on failure, see errno.
inline bool fill_random(void* bytes, std::size_t size) noexcept
{
    auto* out = static_cast<std::uint8_t*>(bytes);
    while (size != 0) {
        const ssize_t got = getrandom(out, size, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        out += got;
        size -= static_cast<std::size_t>(got);
    }
    return true;
}

/// The same; throws std::system_error on failure.
inline void require_random(void* bytes, std::size_t size)
{
    if (!fill_random(bytes, size)) {
        throw std::system_error(errno, std::generic_category(),
                                "getrandom() failed");
    }
}

} // namespace auth
