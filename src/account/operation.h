#pragma once

#include "store/store_time.h"

#include <functional>
#include <utility>

namespace auth {

/// An operation on an account (a login, a registration) as straight-line code
/// in stages that block. The caller runs each stage in a thread, when there is
/// a turn for what next() names. A `store` stage waits for a database. So does
/// a `look_up` stage; requests for any page need it, so its turns are others.
/// A `hash` stage uses a processor and the memory of one password hash, so the
/// caller counts them.
///
/// The object owns its input and its result. One thread uses it at a time.
/// run() may throw std::exception; the operation is then over: next() is
/// `done`, and result() says so.
class operation
{
public:
    enum class stage { store, look_up, hash, done };

    operation() = default;
    operation(const operation&) = delete;
    operation& operator=(const operation&) = delete;
    virtual ~operation() = default;

    /// The stage that run() will run; `done` if the outcome is known.
    stage next() const noexcept { return next_; }

    /// Runs the stage that next() names. Does nothing if that is `done`.
    void run()
    {
        // Nothing follows unless the stage says so. So an exception ends the
        // operation.
        next_ = stage::done;
        if (const auto work = std::exchange(work_, nullptr)) {
            work();
        }
    }

protected:
    /// Says what follows. The constructor calls it, and each stage but the
    /// last.
    void then(stage what, std::function<void()> work)
    {
        next_ = what;
        work_ = std::move(work);
    }

    /// What all stages have spent on their stores (store/store_time.h).
    store_time& time() noexcept { return time_; }

private:
    store_time time_;
    stage next_ = stage::done;
    std::function<void()> work_;
};

} // namespace auth
