#pragma once

#include <cstddef>
#include <new>

namespace auth {

/// Call it before a library that does not look whether malloc() has given it
/// memory: ctemplate takes 32 KiB for the dictionary of a page, zxcvbn up to 48
/// KiB for a password. Throws std::bad_alloc unless there is more memory than
/// that, and frees the memory at once.
inline void require_memory()
{
    constexpr std::size_t enough = 65536;
    ::operator delete(::operator new(enough));
}

} // namespace auth
