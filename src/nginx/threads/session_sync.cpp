#include "nginx/threads/session_sync.h"

#include "nginx/audit.h"
#include "nginx/log.h"
#include "nginx/shared/session_zone.h"
#include "nginx/threads/scheduler.h"

#include "base/machine_time.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

namespace auth {

namespace {

/// How often a worker looks whether it leads.
constexpr ngx_msec_t look_ms = 500;
/// How often the worker that leads reads the store, within the timer's jitter.
constexpr std::int64_t round_ms = 950;
/// A revocation may become visible that long after others that are later.
constexpr std::int64_t reread_ms = 10000;
constexpr unsigned rounds_per_purge = 60;
/// After a failure, which is a line in the log.
constexpr unsigned rounds_per_retry = 5;
/// How long a worker that is told to quit may tell the store of endings.
constexpr std::chrono::seconds longest_telling{2};
/// A clock that is further off is told, and told again when it is right.
constexpr std::int64_t tolerated_clock_ms = 10000;
constexpr std::int64_t right_clock_ms = 5000;

std::string describe_clock(std::int64_t store_ahead_ms)
{
    return "the clock of this machine is " +
           std::to_string(std::abs(store_ahead_ms) / 1000) + " s " +
           (store_ahead_ms > 0 ? "behind" : "ahead of") +
           " the store's. Sessions live by the store's clock, everything else "
           "goes by this one: set it right";
}

} // namespace

/// Reads what has ended. Nothing else is done in the same turn: a slow store
/// has to be asked for it each second.
class session_sync::reading final : public background_work
{
public:
    reading(session_sync& by, const store_sync::reading& task) noexcept
        : sync_(by), task_(task), posted_(steady_milliseconds())
    {}

    void run() override;
    void finished(bool threw) noexcept override;

private:
    std::int64_t within() const;
    void apply(const revocation& each) const;

    session_sync& sync_;
    const store_sync::reading task_;
    const std::int64_t posted_; ///< it may wait for a thread
    store_result<std::vector<revocation>> revocations_ =
        failed(store_failure::code::unavailable);
};

/// After a failure it reads all that the store has.
std::int64_t session_sync::reading::within() const
{
    const auto unread = static_cast<std::int64_t>(
        std::min(task_.since_ms, store_sync::remembers_ms));
    const std::int64_t waited = steady_milliseconds() - posted_;
    return unread + waited +
           (task_.after_failure ? revocation_life_ms : reread_ms);
}

void session_sync::reading::run()
{
    revocations_ = sync_.realm_.session_records->poll(within());
}

void session_sync::reading::finished(bool threw) noexcept
{
    const bool done = !threw && revocations_;
    const realm& owner = sync_.realm_;
    guarded(ngx_cycle->log, false, [&] {
        if (done) {
            for (const revocation& each : *revocations_) {
                apply(each);
            }
            sync_.tell_clock();
        } else {
            audit_store(ngx_cycle->log, owner,
                        audit_event(audit_kind::store_error, {},
                                    revocations_ ? std::string()
                                                 : revocations_.error().detail),
                        true);
        }
        return true;
    });
    sync_.reads_ = false;
    if (done) {
        owner.sessions->end_sync(task_, owner.session_records->now());
        sync_.begin_telling();
    } else {
        owner.sessions->fail_sync();
    }
}

/// Tells the store what this nginx knows, and clears up in it.
class session_sync::telling final : public background_work
{
public:
    telling(session_sync& by, session_zone::sync_news news, bool purges)
        : sync_(by), news_(std::move(news)), purges_(purges)
    {
        const std::int64_t now = store().now();
        for (const session_table::use& each : news_.uses) {
            const std::uint64_t age =
                news_.began - std::min(each.last_seen, news_.began);
            uses_.push_back(
                {each.digest, now - static_cast<std::int64_t>(age)});
        }
    }

    bool is_empty() const noexcept
    {
        return news_.ended.empty() && uses_.empty() && !purges_;
    }

    void run() override;
    void finished(bool threw) noexcept override;

private:
    session_store& store() const { return *sync_.realm_.session_records; }
    void tell_endings();
    void clear_up();

    session_sync& sync_;
    const session_zone::sync_news news_;
    const bool purges_;
    std::vector<session_use> uses_;
    std::vector<session_digest> ended_; ///< the store knows
    bool are_uses_told_ = false;
    std::string detail_;
};

void session_sync::telling::run()
{
    tell_endings();
    const store_outcome told =
        uses_.empty() ? store_note{} : store().touch(uses_);
    are_uses_told_ = told.has_value();
    if (!told) {
        detail_ = told.error().detail;
    }
    if (purges_) { // perhaps the store is full
        clear_up();
    }
}

/// What there is no time for has time in the next turn.
void session_sync::telling::tell_endings()
{
    using clock = std::chrono::steady_clock;
    const auto deadline = clock::now() + longest_telling;
    for (const session_digest& digest : news_.ended) {
        if (clock::now() >= deadline) {
            return;
        }
        const store_outcome ended = store().remove(digest);
        if (!ended) {
            detail_ = ended.error().detail;
            return;
        }
        ended_.push_back(digest);
    }
}

/// Also looks whether the store is still what this nginx needs.
void session_sync::telling::clear_up()
{
    store_outcome done = store().prepare();
    if (done) {
        done = store().purge();
    }
    if (!detail_of(done).empty()) {
        detail_ = detail_of(done);
    }
}

void session_sync::telling::finished(bool /*threw*/) noexcept
{
    session_zone& zone = *sync_.realm_.sessions;
    guarded(ngx_cycle->log, false, [&] {
        audit_store(ngx_cycle->log, sync_.realm_,
                    audit_event(audit_kind::store_error, {}, detail_), false);
        return true;
    });
    for (const session_digest& digest : ended_) {
        zone.forget_ended(digest);
    }
    if (are_uses_told_) {
        zone.note_told(news_);
    }
    sync_.failed_ = detail_.empty() ? 0 : sync_.rounds_;
    sync_.tells_ = false;
}

/// The node that has ended them has written into its log why.
void session_sync::reading::apply(const revocation& each) const
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
        self->rounds_ == 0 || steady_milliseconds() - self->began_ >= round_ms;
    if (self->realm_.sessions->lead() && !self->reads_ && is_time) {
        self->begin_reading();
    }
    ngx_add_timer(&self->timer_, look_ms);
}

/// Without a thread for it the turn is finished before post_first() returns.
void session_sync::begin_reading() noexcept
{
    began_ = steady_milliseconds();
    reads_ = true;
    ++rounds_;
    const store_sync::reading task = realm_.sessions->begin_sync();
    const bool posted = guarded(ngx_cycle->log, false, [&] {
        return scheduler_.post_first(realm_,
                                     std::make_unique<reading>(*this, task));
    });
    if (!posted) {
        realm_.sessions->fail_sync();
        reads_ = false;
    }
}

void session_sync::begin_telling() noexcept
{
    if (tells_ || (failed_ != 0 && rounds_ - failed_ < rounds_per_retry)) {
        return;
    }
    tells_ = true;
    // The next workers may have another key by now.
    const bool purges = ngx_exiting == 0 &&
                        (purged_ == 0 || rounds_ - purged_ >= rounds_per_purge);
    const bool posted = guarded(ngx_cycle->log, false, [&] {
        auto work =
            std::make_unique<telling>(*this, realm_.sessions->news(), purges);
        return !work->is_empty() && scheduler_.post(realm_, std::move(work));
    });
    if (!posted) {
        tells_ = false;
    } else if (purges) {
        purged_ = rounds_;
    }
}

/// Once when it begins to be wrong, and once when it is right again.
void session_sync::tell_clock()
{
    const std::int64_t ahead = realm_.session_records->ahead_ms();
    const bool is_off =
        std::abs(ahead) > (clock_is_off_ ? right_clock_ms : tolerated_clock_ms);
    if (is_off && !clock_is_off_) {
        log_line(ngx_cycle->log, NGX_LOG_WARN, realm_, describe_clock(ahead));
    } else if (!is_off && clock_is_off_) {
        log_line(ngx_cycle->log, NGX_LOG_NOTICE, realm_,
                 "the clock of this machine is right again");
    }
    clock_is_off_ = is_off;
}

} // namespace auth
