#pragma once

#include "base/secret.h"

#include <cstddef>

namespace auth {

/// Overwrites a buffer when the scope ends, however it ends. It is for places
/// where a C library writes a password or a hash into plain memory.
class wipe_guard
{
public:
    wipe_guard(void* bytes, std::size_t size) noexcept
        : bytes_(bytes), size_(size)
    {}
    wipe_guard(const wipe_guard&) = delete;
    wipe_guard& operator=(const wipe_guard&) = delete;
    ~wipe_guard() { wipe_memory(bytes_, size_); }

private:
    void* bytes_;
    std::size_t size_;
};

} // namespace auth
