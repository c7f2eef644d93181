#pragma once

#include <cstddef>
#include <new>

namespace auth {

/// To be called before a library that writes into what malloc() gives it
/// without a look whether there is any: ctemplate takes 32 KiB for a page's
/// dictionary, zxcvbn up to 48 KiB for a password. Throws std::bad_alloc unless
/// more than that is to be had; gives it back at once.
inline void require_memory()
{
    constexpr std::size_t enough = 65536;
    ::operator delete(::operator new(enough));
}

} // namespace auth
