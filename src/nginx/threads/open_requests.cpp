#include "nginx/threads/open_requests.h"

#include "nginx/internals/request_ends.h"
#include "nginx/log.h"
#include "nginx/shared/session_zone.h"
#include "nginx/threads/session_check.h"
#include "nginx/threads/session_lookups.h"

#include "throttle/address_prefix.h"

#include <algorithm>
#include <string>

namespace auth {

namespace {

/// With the second until this nginx reads of an ending elsewhere, and a
/// look-up, a request is closed well within five seconds.
constexpr ngx_msec_t longest_interval_ms = 1500;
constexpr ngx_msec_t looks_per_interval = 3;
/// What is left over waits so long, so that other events have their turn.
constexpr ngx_msec_t pause_ms = 20;
constexpr unsigned most_at_once = 4096;
constexpr std::size_t most_questions = 64;

/// The ending that closes a request.
enum class answer_kind { none_yet, upgraded, endless, with_length };

answer_kind kind_of_answer(const ngx_http_request_t* r) noexcept
{
    if (r->header_sent == 0) {
        return answer_kind::none_yet;
    }
    if (r->headers_out.status == NGX_HTTP_SWITCHING_PROTOCOLS) {
        return answer_kind::upgraded;
    }
    return r->headers_out.content_length_n >= 0 ||
                   r->headers_out.content_length != nullptr
               ? answer_kind::with_length
               : answer_kind::endless;
}

/// The request is over: nginx waits for the client to close, or for a thread.
bool is_over(const ngx_http_request_t* r) noexcept
{
    return r->done != 0 || r->connection->error != 0;
}

void log_closing(const open_request& closed, answer_kind kind) noexcept
{
    guarded(closed.request->connection->log, false, [&] {
        const auto id = public_session_id(*closed.session);
        const std::string text =
            "session " + std::string(id.data(), id.size()) + " has ended: " +
            (kind == answer_kind::upgraded
                 ? "its upgraded connection is closed"
                 : "its answer without a length is cut off");
        ngx_connection_t* c = closed.request->connection;
        ngx_http_set_log_request(c->log, closed.request);
        log_line(c->log, NGX_LOG_INFO, *closed.owner, text);
        return true;
    });
}

bool is_secure(const open_request& entry) noexcept
{
    return entry.owner->secure_for(entry.request->connection);
}

open_request& first_of(ngx_queue_t& list) noexcept
{
    return *ngx_queue_data(ngx_queue_head(&list), open_request, link);
}

} // namespace

/// Whether the store has a session that the zone does not know.
class open_requests::question final : private session_lookups::waiter
{
public:
    question(open_requests& by, const open_request& about) noexcept
        : asker_(by), realm_(*about.owner), session_(*about.session),
          secure_(is_secure(about))
    {
        ngx_queue_init(&requests);
    }
    question(const question&) = delete;
    question& operator=(const question&) = delete;
    virtual ~question() = default;

    bool is_about(const open_request& other) const noexcept
    {
        return &realm_ == other.owner && session_ == *other.session &&
               secure_ == is_secure(other);
    }
    bool is_answered() const noexcept { return answered_; }

    void ask(const sockaddr* client)
    {
        asker_.lookups_.ask(realm_, session_, secure_, address_prefix(client),
                            *this);
    }

    // NOLINTNEXTLINE(misc-non-private-member-variables-in-classes)
    ngx_queue_t requests; ///< that wait for the answer

private:
    /// The zone knows the session now, or the look-ups know that there is none.
    /// No request is closed inside of the look-ups.
    void told(session_lookups::answer /*what*/) noexcept override
    {
        answered_ = true;
        asker_.wake();
    }

    open_requests& asker_;
    realm& realm_;
    const session_digest session_;
    const bool secure_;
    bool answered_ = false;
};

open_requests::open_requests(scheduler& by, session_lookups& lookups) noexcept
    : scheduler_(by), lookups_(lookups), interval_(longest_interval_ms)
{
    ngx_queue_init(&list_);
    timer_.handler = on_timer;
    timer_.data = this;
    timer_.cancelable = 1;
}

open_requests::~open_requests() = default;

/// A session with a short idle time has to be looked at often.
void open_requests::start(ngx_cycle_t* cycle,
                          const std::vector<realm*>& realms) noexcept
{
    for (const realm* each : realms) {
        const auto longest = static_cast<ngx_msec_t>(each->limits.idle_ms / 4);
        interval_ = std::min(interval_, std::max<ngx_msec_t>(longest, 1));
    }
    timer_.log = cycle->log;
    ngx_add_timer(&timer_, interval_);
}

void open_requests::stop() noexcept
{
    if (timer_.timer_set != 0) {
        ngx_del_timer(&timer_);
    }
}

void open_requests::wake() noexcept
{
    if (timer_.timer_set != 0) {
        ngx_add_timer(&timer_, 1);
    }
}

void open_requests::on_timer(ngx_event_t* event) noexcept
{
    auto* self = static_cast<open_requests*>(event->data);
    self->settle_questions();
    const bool done = self->look();
    ngx_add_timer(
        &self->timer_,
        done ? std::max<ngx_msec_t>(self->interval_ / looks_per_interval, 1)
             : pause_ms);
}

/// Looks at those whose turn it is. Returns false if some are left.
///
/// A request may be closed by looking at it, and may take others with it. So
/// each look begins at the head of the list.
bool open_requests::look() noexcept
{
    for (unsigned i = 0; i < most_at_once; ++i) {
        if (ngx_queue_empty(&list_) ||
            ngx_current_msec - first_of(list_).seen < interval_) {
            return true;
        }
        open_request& next = first_of(list_);
        remove(next);
        list(next);
        look_at(next);
    }
    return false;
}

void open_requests::look_at(open_request& next) noexcept
{
    const state now = next.ended ? state::ended : ask_zone(next);
    if (now != state::unsaid) {
        settle(next, now);
    } else if (!next.owner->sessions->is_stale()) {
        guarded(ngx_cycle->log, false, [&] {
            ask_store(next);
            return true;
        });
    }
}

/// Looking counts as using the session.
open_requests::state open_requests::ask_zone(const open_request& entry) noexcept
{
    realm& owner = *entry.owner;
    session_identity who;
    if (owner.sessions->find(*entry.session, is_secure(entry), who)) {
        if (who.check_due) {
            check_session(scheduler_, owner, who, *entry.session);
        }
        return state::lives;
    }
    if (!owner.limits.is_cache ||
        owner.sessions->is_kept_ended(*entry.session) ||
        lookups_.is_known_absent(*entry.session)) {
        return state::ended;
    }
    return state::unsaid;
}

/// If too many questions are open, a later look asks.
void open_requests::ask_store(open_request& entry)
{
    const auto known =
        std::find_if(questions_.begin(), questions_.end(),
                     [&entry](const question& q) { return q.is_about(entry); });
    if (known != questions_.end()) {
        remove(entry);
        ngx_queue_insert_tail(&known->requests, &entry.link);
        return;
    }
    if (questions_.size() >= most_questions) {
        return;
    }
    question& asked = questions_.emplace_back(*this, entry);
    try {
        asked.ask(entry.request->connection->sockaddr);
    } catch (...) {
        questions_.pop_back();
        throw;
    }
    remove(entry);
    ngx_queue_insert_tail(&asked.requests, &entry.link);
}

/// If the store has not answered, its requests go on, and a later look asks
/// again.
void open_requests::settle_questions() noexcept
{
    for (auto next = questions_.begin(); next != questions_.end();) {
        question& answered = *next;
        while (answered.is_answered() && !ngx_queue_empty(&answered.requests)) {
            open_request& entry = first_of(answered.requests);
            remove(entry);
            list(entry);
            settle(entry, ask_zone(entry));
        }
        next =
            answered.is_answered() ? questions_.erase(next) : std::next(next);
    }
}

/// Closes the request if its session has ended. If its answer has not begun, a
/// later look closes it.
void open_requests::settle(open_request& entry, state now) noexcept
{
    if (now != state::ended) {
        return;
    }
    entry.ended = true;
    ngx_http_request_t* r = entry.request;
    const answer_kind kind = kind_of_answer(r);
    if (!entry.owner->ends_streams || kind == answer_kind::with_length ||
        is_over(r)) {
        remove(entry);
    } else if (kind != answer_kind::none_yet) {
        remove(entry);
        log_closing(entry, kind);
        close_as_if_client_left(r);
    }
}

} // namespace auth
