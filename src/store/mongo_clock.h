#pragma once

#include "store/mongo_collection.h"

#include "base/machine_time.h"

#include <atomic>
#include <cstdint>

namespace auth {

/// The clock of a deployment's primary, as far as known: what it said when it
/// was last asked, and the time since then, in which this machine's clock may
/// be set, and the machine be suspended. All functions may be called from
/// several threads at once.
class mongo_clock
{
public:
    /// `steady` is how the time since then is measured.
    explicit mongo_clock(
        std::int64_t (*steady)() noexcept = steady_milliseconds) noexcept
        : steady_(steady)
    {}

    /// Milliseconds since 1970; by this machine's clock, if nobody was asked
    /// yet. Does not block.
    std::int64_t now() const noexcept;

    /// How far it was ahead of this machine's clock, at least, when it was last
    /// asked: how long the answer takes leaves some doubt.
    std::int64_t ahead_ms() const noexcept { return ahead_ms_; }

    /// Asks the primary what time it is; `any` is a collection of its
    /// deployment. A server that does not say is taken to have this machine's
    /// time.
    mongo_client::outcome ask(const mongo_collection& any);

    /// The same, unless the primary was asked within the last seconds.
    mongo_client::outcome ask_now_and_then(const mongo_collection& any);

private:
    std::int64_t (*const steady_)() noexcept;
    std::atomic<std::int64_t> ahead_ms_{0};
    std::atomic<std::int64_t> ahead_of_steady_ms_{0};
    /// In steady milliseconds; 0: never.
    std::atomic<std::int64_t> asked_at_{0};
};

} // namespace auth
