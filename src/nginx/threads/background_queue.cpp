#include "nginx/threads/background_queue.h"

#include "nginx/log.h"
#include "nginx/threads/thread_task.h"

#include <iterator>

namespace auth {

namespace {

/// A later request asks for the same again.
constexpr std::size_t most_waiting = 1024;

} // namespace

struct background_queue::piece final : thread_task {
    piece(background_queue& by, std::unique_ptr<background_work> given,
          const realm& whose, bool urgent) noexcept
        : owner(by), work(std::move(given)), where(whose), is_urgent(urgent)
    {}

    void run() override { work->run(); }
    void returned(bool threw) noexcept override
    {
        owner.returned(*this, threw);
    }

    background_queue& owner;
    std::unique_ptr<background_work> work;
    const realm& where;
    const bool is_urgent;
    std::list<piece>::iterator place;
};

background_queue::background_queue() noexcept = default;
background_queue::~background_queue() = default;

void background_queue::clear() noexcept
{
    waiting_.clear();
    running_.clear();
}

bool background_queue::post(const realm& where,
                            std::unique_ptr<background_work> work) noexcept
{
    return guarded(ngx_cycle->log, false, [&] {
        if (waiting_.size() >= most_waiting) {
            return false;
        }
        add(waiting_.end(), where, std::move(work), false);
        return true;
    });
}

bool background_queue::post_first(
    const realm& where, std::unique_ptr<background_work> work) noexcept
{
    return guarded(ngx_cycle->log, false, [&] {
        add(waiting_.begin(), where, std::move(work), true);
        return true;
    });
}

void background_queue::add(std::list<piece>::iterator before,
                           const realm& where,
                           std::unique_ptr<background_work> work,
                           bool is_urgent)
{
    const auto added =
        waiting_.emplace(before, *this, std::move(work), where, is_urgent);
    added->place = added;
    run_next();
}

/// Posts what may run now. What is urgent stands in front.
void background_queue::run_next() noexcept
{
    std::list<piece> refused; // nginx has logged why
    while (!waiting_.empty() &&
           running_.size() < at_once - (waiting_.front().is_urgent ? 0 : 1)) {
        piece& next = waiting_.front();
        const bool posted = next.post(next.where.threads);
        std::list<piece>& to = posted ? running_ : refused;
        to.splice(to.end(), waiting_, next.place);
    }
    for (piece& current : refused) {
        current.work->finished(true);
    }
}

void background_queue::returned(piece& current, bool threw) noexcept
{
    std::list<piece> ended; // destroys it at the end
    ended.splice(ended.end(), running_, current.place);
    current.where.counters->store_calls[store_work::background].add(
        current.took());
    current.work->finished(threw);
    run_next();
}

} // namespace auth
