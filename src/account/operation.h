#pragma once

#include <functional>
#include <utility>

namespace auth {

/// One account operation (a login, a registration) as straight-line code in
/// stages that block. The caller runs each stage in a thread when next()'s
/// turn comes: `store` stages wait for a database, `hash` stages use a
/// processor and the memory of one password hash at a time, so the caller
/// counts them.
///
/// The object owns its input and its result. It is used by one thread at a
/// time; run() may throw std::exception, after which the operation is over
/// (next() is `done`) and result() says so.
class operation
{
public:
    enum class stage { store, hash, done };

    operation() = default;
    operation(const operation&) = delete;
    operation& operator=(const operation&) = delete;
    virtual ~operation() = default;

    /// What run() will do next; `done` when the outcome is there.
    stage next() const noexcept { return next_; }

    /// Runs the stage that next() names; nothing when that is `done`.
    void run()
    {
        // Until a stage says what follows nothing does, so that an exception
        // ends the operation.
        next_ = stage::done;
        if (const auto work = std::exchange(work_, nullptr)) {
            work();
        }
    }

protected:
    /// Says what follows: in the constructor, and in each stage but the last.
    void then(stage what, std::function<void()> work)
    {
        next_ = what;
        work_ = std::move(work);
    }

private:
    stage next_ = stage::done;
    std::function<void()> work_;
};

} // namespace auth
