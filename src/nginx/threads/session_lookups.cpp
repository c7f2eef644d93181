#include "nginx/threads/session_lookups.h"

#include "nginx/audit.h"
#include "nginx/shared/session_zone.h"
#include "nginx/shared/user_sessions.h"

#include "account/session_lookup.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace auth {

namespace {

/// How long a token of no session is refused without asking again.
constexpr ngx_msec_t absence_ms = 3000;

/// A session may end again and again while it is looked up.
constexpr unsigned most_tries = 4;

/// A pending timer keeps a worker that is told to quit until its threads have
/// answered. Stores have shorter limits of their own.
constexpr ngx_msec_t longest_ms = 60000;

/// A digest is as good as random. A client cannot choose it, because only
/// genuine tokens are looked up.
std::size_t place_of(const session_digest& digest) noexcept
{
    return (digest[0] | digest[1] << 8) % session_lookups::absences_kept;
}

lookup_result counted_as(const session_lookup& work) noexcept
{
    switch (work.result()) {
    case session_lookup::outcome::found:
        return lookup_result::found;
    case session_lookup::outcome::absent:
        return lookup_result::absent;
    case session_lookup::outcome::unavailable:
        break;
    }
    return lookup_result::unavailable;
}

void complain(ngx_event_t* event) noexcept
{
    ngx_log_error(NGX_LOG_ALERT, event->log, 0,
                  "auth: a look-up of a session took too long");
}

} // namespace

class session_lookups::lookup final : private scheduler::observer
{
public:
    lookup(session_lookups& by, realm& where, const session_digest& digest,
           bool secure, std::uint64_t prefix) noexcept
        : owner_(by), realm_(where), digest_(digest), secure_(secure),
          prefix_(prefix)
    {
        timer_.handler = complain;
        timer_.data = this;
        timer_.log = ngx_cycle->log;
    }

    lookup(const lookup&) = delete;
    lookup& operator=(const lookup&) = delete;
    virtual ~lookup() = default;

    bool is_for(const realm& where, const session_digest& digest,
                bool secure) const noexcept
    {
        return &realm_ == &where && digest_ == digest && secure_ == secure;
    }

    void start();
    void leave(const waiter& who) noexcept;

    // NOLINTNEXTLINE(misc-non-private-member-variables-in-classes)
    std::vector<waiter*> waiters;
    // NOLINTNEXTLINE(misc-non-private-member-variables-in-classes)
    std::list<lookup>::iterator place;

private:
    void stage_begun() noexcept override { ngx_add_timer(&timer_, longest_ms); }
    void stage_ended() noexcept override
    {
        if (timer_.timer_set != 0) {
            ngx_del_timer(&timer_);
        }
    }
    void over(scheduler::ending how,
              std::unique_ptr<operation> work) noexcept override;

    void count(scheduler::ending how, const operation* work) const noexcept;
    bool settle(const session_lookup& work);
    session_insert adopt(const session_lookup& work);
    bool again() noexcept;

    session_lookups& owner_;
    realm& realm_;
    const session_digest digest_;
    const bool secure_;
    const std::uint64_t prefix_;
    std::uint64_t endings_ = 0; ///< noted before the store is asked
    unsigned tries_ = 0;
    ngx_event_t timer_{};
};

void session_lookups::lookup::start()
{
    ++tries_;
    endings_ = realm_.sessions->endings();
    session_lookup::question asked{
        digest_,
        std::string(view(realm_.name)),
        secure_,
        static_cast<std::int64_t>(realm_.limits.idle_ms),
        static_cast<std::int64_t>(realm_.limits.lifetime_ms),
        static_cast<std::int64_t>(realm_.limits.remember_ms)};
    owner_.scheduler_.start(
        *this,
        std::make_unique<session_lookup>(*realm_.session_records, *realm_.users,
                                         std::move(asked)),
        realm_, prefix_);
}

/// The last one to leave ends the look-up, if it is still waiting for a turn. A
/// request that shows a token twice has asked twice.
void session_lookups::lookup::leave(const waiter& who) noexcept
{
    const auto left = std::remove(waiters.begin(), waiters.end(), &who);
    if (left == waiters.end()) {
        return;
    }
    waiters.erase(left, waiters.end());
    if (waiters.empty()) {
        owner_.scheduler_.cancel(*this); // may destroy this
    }
}

void session_lookups::lookup::over(scheduler::ending how,
                                   std::unique_ptr<operation> work) noexcept
{
    count(how, work.get());
    const bool is_wanted = !waiters.empty();
    if (how == scheduler::ending::cancelled && is_wanted && again()) {
        return; // a request came after the last one had left
    }
    const bool settled =
        how == scheduler::ending::done && guarded(ngx_cycle->log, false, [&] {
            return settle(static_cast<const session_lookup&>(*work));
        });
    if (how == scheduler::ending::done && !settled && is_wanted &&
        static_cast<const session_lookup&>(*work).result() ==
            session_lookup::outcome::found &&
        again()) {
        return;
    }
    owner_.over(*this, settled ? answer::settled : answer::unavailable);
}

/// A look-up that is asked again counts again.
void session_lookups::lookup::count(scheduler::ending how,
                                    const operation* work) const noexcept
{
    auto& counters = realm_.counters->lookups;
    switch (how) {
    case scheduler::ending::done:
        counters[counted_as(static_cast<const session_lookup&>(*work))].add();
        break;
    case scheduler::ending::busy:
        counters[lookup_result::turned_away].add();
        break;
    case scheduler::ending::failed:
        counters[lookup_result::unavailable].add();
        break;
    case scheduler::ending::cancelled:
        break;
    }
}

/// Starts once more.
bool session_lookups::lookup::again() noexcept
{
    return tries_ < most_tries && guarded(ngx_cycle->log, false, [&] {
               start();
               return true;
           });
}

/// Whether the zone can be asked now.
bool session_lookups::lookup::settle(const session_lookup& work)
{
    audit_store(ngx_cycle->log, realm_,
                audit_event(audit_kind::store_error, {}, work.detail()),
                work.result() == session_lookup::outcome::unavailable);
    switch (work.result()) {
    case session_lookup::outcome::found:
        switch (adopt(work)) {
        case session_insert::ended_meanwhile:
            return false;
        case session_insert::done:
            return true;
        default:
            owner_.note_absent(digest_, true);
            return true;
        }
    case session_lookup::outcome::absent:
        owner_.note_absent(digest_, work.is_stored());
        return true;
    case session_lookup::outcome::unavailable:
        break;
    }
    return false;
}

session_insert session_lookups::lookup::adopt(const session_lookup& work)
{
    const stored_user& user = work.user();
    session_identity who;
    if (!make_identity({user.id, user.username, user.roles,
                        work.password_fingerprint(), user.epoch},
                       who)) {
        audit(ngx_cycle->log, realm_,
              audit_event(audit_kind::no_session, user.username,
                          "id, name or roles are too long for one"));
        return session_insert::identity_too_long;
    }
    who.remembered = work.remembered();
    return realm_.sessions->adopt(
        {digest_, secure_, work.age_ms(), endings_, work.unused_ms()}, who);
}

session_lookups::session_lookups(scheduler& by) noexcept : scheduler_(by) {}
session_lookups::~session_lookups() = default;

void session_lookups::ask(realm& where, const session_digest& digest,
                          bool secure, std::uint64_t prefix, waiter& who)
{
    const auto known = std::find_if(
        under_way_.begin(), under_way_.end(),
        [&](const lookup& each) { return each.is_for(where, digest, secure); });
    if (known != under_way_.end()) {
        known->waiters.push_back(&who);
        return;
    }
    lookup& added =
        under_way_.emplace_back(*this, where, digest, secure, prefix);
    added.place = std::prev(under_way_.end());
    try {
        added.waiters.push_back(&who);
        added.start(); // may tell the waiter, and destroy it
    } catch (...) {
        under_way_.pop_back();
        throw;
    }
}

void session_lookups::leave(const waiter& who) noexcept
{
    for (auto next = under_way_.begin(); next != under_way_.end();) {
        lookup& current = *next++;
        current.leave(who);
    }
}

void session_lookups::over(lookup& current, answer what) noexcept
{
    std::list<lookup> ended; // destroys it at the end
    ended.splice(ended.end(), under_way_, current.place);
    for (waiter* const who : std::exchange(current.waiters, {})) {
        who->told(what);
    }
}

void session_lookups::note_absent(const session_digest& digest,
                                  bool is_stored) noexcept
{
    absent_[place_of(digest)] = {digest, is_stored,
                                 ngx_current_msec + absence_ms};
}

bool session_lookups::is_known_absent(
    const session_digest& digest) const noexcept
{
    const absence& noted = absent_[place_of(digest)];
    return noted.digest == digest &&
           static_cast<ngx_msec_int_t>(noted.until - ngx_current_msec) > 0;
}

bool session_lookups::is_known_missing(
    const session_digest& digest) const noexcept
{
    return is_known_absent(digest) && !absent_[place_of(digest)].is_stored;
}

} // namespace auth
