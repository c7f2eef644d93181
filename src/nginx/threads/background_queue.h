#pragma once

#include "nginx/realm.h"

#include <cstddef>
#include <list>
#include <memory>

namespace auth {

/// Work that no request waits for.
class background_work
{
public:
    background_work() = default;
    background_work(const background_work&) = delete;
    background_work& operator=(const background_work&) = delete;
    virtual ~background_work() = default;

    /// Runs in a thread. It touches nothing that the event loop touches
    /// meanwhile.
    virtual void run() = 0;
    /// Runs in the event loop, after run(). `threw`: run() has thrown, or there
    /// was no thread for it, and the log says what.
    virtual void finished(bool threw) noexcept = 0;
};

/// Runs background work in threads, a few pieces at a time, in the order in
/// which they come: so it never keeps operations from the threads.
///
/// The scheduler has one. It is used in the event loop only.
class background_queue
{
public:
    /// The last of these places is for what cannot wait: see post_first().
    static constexpr std::size_t at_once = 5;

    background_queue() noexcept;
    background_queue(const background_queue&) = delete;
    background_queue& operator=(const background_queue&) = delete;
    ~background_queue();

    /// Queues work for the threads of a realm. Returns false if there is no
    /// memory or no place; the work is then destroyed.
    bool post(const realm& where,
              std::unique_ptr<background_work> work) noexcept;

    /// The same before all that waits, however much that is. The store may be
    /// slow, and nginx has to learn in time which sessions have ended.
    bool post_first(const realm& where,
                    std::unique_ptr<background_work> work) noexcept;

    /// Destroys all work. Call it when nginx has drained the threads.
    void clear() noexcept;

private:
    struct piece;

    void add(std::list<piece>::iterator before, const realm& where,
             std::unique_ptr<background_work> work, bool is_urgent);
    void run_next() noexcept;
    void returned(piece& current, bool threw) noexcept;

    std::list<piece> waiting_;
    std::list<piece> running_; ///< in a thread
};

} // namespace auth
