#pragma once

#include <unistd.h>

namespace auth {

/// A file descriptor that closes itself; -1 for none.
class descriptor
{
public:
    explicit descriptor(int number) noexcept : number_(number) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor()
    {
        if (is_open()) {
            close(number_);
        }
    }

    int get() const noexcept { return number_; }
    bool is_open() const noexcept { return number_ != -1; }

private:
    int number_;
};

} // namespace auth
