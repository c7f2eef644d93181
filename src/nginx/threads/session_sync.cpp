#include "nginx/threads/session_sync.h"

#include "nginx/audit.h"
#include "nginx/log.h"
#include "nginx/shared/session_zone.h"
#include "nginx/threads/scheduler.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

namespace auth {

namespace {

/// How often a worker looks whether it leads.
constexpr ngx_msec_t look_ms = 500;
/// How often the worker that leads reads the store, within the timer's jitter.
constexpr ngx_msec_t round_ms = 950;
/// A revocation may become visible that long after others that are later.
constexpr std::int64_t reread_ms = 10000;
constexpr unsigned rounds_per_purge = 60;
/// How long a round tells the store of endings.
constexpr std::chrono::milliseconds telling{300};

} // namespace

/// One comparison.
class session_sync::round final : public background_work
{
public:
    round(session_sync& by, session_zone::sync_task task, bool purges)
        : sync_(by), task_(std::move(task)), purges_(purges), since_(since())
    {}

    void run() override;
    void finished(bool threw) noexcept override;

private:
    std::int64_t since() const;
    void tell_endings();
    void note_uses();
    void apply(const revocation& each) const;

    session_sync& sync_;
    const session_zone::sync_task task_;
    const bool purges_;
    const std::int64_t since_; ///< noted now: the round may wait for a thread
    std::vector<session_digest> told_;
    bool uses_told_ = false;
    store_result<std::vector<revocation>> revocations_ =
        failed(store_failure::code::unavailable);
    std::string detail_;
};

/// From when on to read. After a failure it reads all that the store has.
std::int64_t session_sync::round::since() const
{
    const auto unread = static_cast<std::int64_t>(
        std::min(task_.since_ms, session_zone::remembers_ms));
    return sync_.realm_.session_records->now() - unread -
           (task_.after_failure ? revocation_life_ms : reread_ms);
}

void session_sync::round::run()
{
    session_store& store = *sync_.realm_.session_records;
    revocations_ = store.poll(since_);
    if (!revocations_) {
        detail_ = revocations_.error().detail;
        return;
    }
    tell_endings();
    note_uses();
    if (purges_) {
        const store_outcome purged = store.purge();
        detail_ = detail_.empty() ? detail_of(purged) : detail_;
    }
}

/// What a slow store leaves no time for has time in the next round: nobody
/// learns of other endings meanwhile.
void session_sync::round::tell_endings()
{
    using clock = std::chrono::steady_clock;
    const auto deadline = clock::now() + telling;
    for (const session_digest& digest : task_.ended) {
        if (clock::now() >= deadline) {
            return;
        }
        const store_outcome ended =
            sync_.realm_.session_records->remove(digest);
        if (!ended) {
            detail_ = ended.error().detail;
            return;
        }
        told_.push_back(digest);
    }
}

void session_sync::round::note_uses()
{
    uses_told_ = task_.uses.empty();
    if (uses_told_) {
        return;
    }
    session_store& store = *sync_.realm_.session_records;
    std::vector<session_use> uses;
    for (const auto& [digest, age] : task_.uses) {
        uses.push_back({digest, store.now() - static_cast<std::int64_t>(age)});
    }
    const store_outcome noted = store.touch(uses);
    uses_told_ = noted.has_value();
    if (!noted) {
        detail_ = noted.error().detail;
    }
}

void session_sync::round::finished(bool threw) noexcept
{
    const bool done = !threw && revocations_;
    guarded(ngx_cycle->log, false, [&] {
        audit_store(ngx_cycle->log, sync_.realm_,
                    audit_event(audit_kind::store_error, {}, detail_), !done);
        if (done) {
            for (const revocation& each : *revocations_) {
                apply(each);
            }
        }
        for (const session_digest& digest : told_) {
            sync_.realm_.sessions->forget_ended(digest);
        }
        return true;
    });
    if (!uses_told_) {
        sync_.realm_.sessions->give_uses_back(task_);
    }
    sync_.realm_.sessions->end_sync(done);
    sync_.runs_ = false;
}

/// The node that has ended them has written into its log why.
void session_sync::round::apply(const revocation& each) const
{
    session_zone& zone = *sync_.realm_.sessions;
    if (each.session) {
        zone.remove(*each.session);
    } else {
        zone.raise_epoch(each.user_id, each.epoch);
    }
}

session_sync::session_sync(ngx_cycle_t* cycle, scheduler& by, realm& where)
    : scheduler_(by), realm_(where)
{
    timer_.handler = on_timer;
    timer_.data = this;
    timer_.log = cycle->log;
    timer_.cancelable = 1;
    ngx_add_timer(&timer_, 1);
}

session_sync::~session_sync()
{
    if (timer_.timer_set != 0) {
        ngx_del_timer(&timer_);
    }
}

/// A worker that is exiting goes on while it serves its last requests.
void session_sync::on_timer(ngx_event_t* event) noexcept
{
    auto* self = static_cast<session_sync*>(event->data);
    const bool is_time =
        self->rounds_ == 0 || ngx_current_msec - self->began_ >= round_ms;
    if (self->realm_.sessions->lead() && !self->runs_ && is_time) {
        self->begin_round();
    }
    ngx_add_timer(&self->timer_, look_ms);
}

/// Without a thread for it the round is finished before post_first() returns.
void session_sync::begin_round() noexcept
{
    began_ = ngx_current_msec;
    runs_ = true;
    const bool posted = guarded(ngx_cycle->log, false, [&] {
        const bool purges = rounds_++ % rounds_per_purge == 0;
        return scheduler_.post_first(
            realm_, std::make_unique<round>(
                        *this, realm_.sessions->begin_sync(), purges));
    });
    if (!posted) {
        realm_.sessions->end_sync(false);
        runs_ = false;
    }
}

namespace {

class ending final : public background_work
{
public:
    ending(realm& where, const session_digest& digest) noexcept
        : realm_(where), digest_(digest)
    {}

    void run() override
    {
        ended_ = realm_.session_records->remove(digest_).has_value();
    }

    /// If the store does not answer, session_sync tries again, and says why it
    /// cannot.
    void finished(bool /*threw*/) noexcept override
    {
        if (ended_) {
            realm_.sessions->forget_ended(digest_);
        }
    }

private:
    realm& realm_;
    const session_digest digest_;
    bool ended_ = false;
};

} // namespace

void end_in_store(scheduler& by, realm& where,
                  const session_digest& digest) noexcept
{
    where.sessions->keep_ended(digest, ngx_cycle->log);
    guarded(ngx_cycle->log, false, [&] {
        return by.post(where, std::make_unique<ending>(where, digest));
    });
}

} // namespace auth
