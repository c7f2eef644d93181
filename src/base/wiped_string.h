#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string>

namespace auth {

/// Allocates memory that is overwritten before it is freed, also if a container
/// has outgrown it.
template <class T>
class wiping_allocator
{
public:
    using value_type = T;

    wiping_allocator() = default;
    template <class U>
    wiping_allocator(const wiping_allocator<U>&) noexcept // as containers ask
    {}

    T* allocate(std::size_t n) { return std::allocator<T>().allocate(n); }
    void deallocate(T* memory, std::size_t n) noexcept
    {
        explicit_bzero(static_cast<void*>(memory), n * sizeof(T));
        std::allocator<T>().deallocate(memory, n);
    }

    friend bool operator==(const wiping_allocator&,
                           const wiping_allocator&) noexcept
    {
        return true;
    }
    friend bool operator!=(const wiping_allocator&,
                           const wiping_allocator&) noexcept
    {
        return false;
    }
};

/// A string for a text that holds a secret. A text of up to 15 bytes is in the
/// object itself and is not wiped; no session token is that short.
using wiped_string =
    std::basic_string<char, std::char_traits<char>, wiping_allocator<char>>;

} // namespace auth
