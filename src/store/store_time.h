#pragma once

#include <chrono>

namespace auth {

/// The time that one operation has spent on its stores. It is made where the
/// operation begins; the stores add to it, and one that has time limits begins
/// no more once an operation has spent as much as it may. One thread uses it at
/// a time.
class store_time
{
public:
    using duration = std::chrono::steady_clock::duration;

    store_time() = default;
    store_time(const store_time&) = delete;
    store_time& operator=(const store_time&) = delete;
    ~store_time() = default;

    duration spent() const noexcept { return spent_; }
    void add(duration more) noexcept { spent_ += more; }

private:
    duration spent_{0};
};

} // namespace auth
