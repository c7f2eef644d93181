#include "nginx/request/session_wait.h"

#include "nginx/request/request_context.h"
#include "nginx/shared/session_zone.h"
#include "nginx/threads/client_watch.h"
#include "nginx/threads/worker_services.h"

#include "throttle/address_prefix.h"

#include <algorithm>

namespace auth {

namespace {

/// Whether the realm has made the token, not longer ago than a session lives.
/// If there is no memory to tell, the store does.
bool may_live(const realm& owner, std::string_view token) noexcept
{
    token_hour hour = 0;
    const token_verdict verdict = owner.sessions->verify(token, hour);
    if (verdict != token_verdict::genuine) {
        return verdict == token_verdict::unknown;
    }
    const std::uint64_t longest_ms =
        std::max(owner.limits.lifetime_ms, owner.limits.remember_ms);
    const token_hour longest =
        token_hour_of(static_cast<std::int64_t>(longest_ms / 1000)) + 2;
    return hour + longest >= owner.present_hour();
}

bool needs_look_up(const session_lookups& lookups, const realm& owner,
                   std::string_view token,
                   const session_digest& digest) noexcept
{
    return may_live(owner, token) && !lookups.is_known_absent(digest) &&
           !owner.sessions->is_kept_ended(digest);
}

session_lookups& lookups_of(ngx_http_request_t* r) noexcept
{
    return main_conf_of(r).services->lookups;
}

} // namespace

/// A request that waits until the sessions that it shows have been looked up.
/// The request's pool owns it.
class session_wait final : private session_lookups::waiter
{
public:
    session_wait(ngx_http_request_t* r, const server_realm& here,
                 session_wait* next) noexcept;
    session_wait(const session_wait&) = delete;
    session_wait& operator=(const session_wait&) = delete;
    virtual ~session_wait() = default;

    /// Returns false if there is nothing to ask. Throws std::bad_alloc.
    bool ask(const request_session& shown);
    /// Nobody is asked any more, and there is no answer.
    void give_up() noexcept;
    /// A cleanup handler of the request.
    static void client_left(void* data) noexcept;

    bool is_for(const server_realm& here) const noexcept
    {
        return &realm_ == &here;
    }
    bool is_of(const ngx_http_request_t* r) const noexcept
    {
        return request_ == r;
    }
    bool is_over() const noexcept { return left_ == 0; }
    bool is_unanswered() const noexcept { return unanswered_; }
    session_wait* next() const noexcept { return next_; }

private:
    void told(session_lookups::answer what) noexcept override;
    static void resume_request(ngx_event_t* event) noexcept;

    ngx_http_request_t* request_;
    const server_realm& realm_;
    session_wait* next_;
    unsigned left_ = 0; ///< questions without an answer
    bool unanswered_ = false;
    ngx_event_t event_{}; ///< posted when it is over
};

session_wait::session_wait(ngx_http_request_t* r, const server_realm& here,
                           session_wait* next) noexcept
    : request_(r), realm_(here), next_(next)
{
    event_.handler = resume_request;
    event_.data = this;
    event_.log = r->connection->log;
}

bool session_wait::ask(const request_session& shown)
{
    bool asked = false;
    realm& owner = *realm_.owner;
    session_lookups& lookups = lookups_of(request_);
    const bool secure = owner.secure_for(request_->connection);
    for (unsigned i = 0; i < shown.missed; ++i) {
        const std::string_view token = shown.missed_tokens[i];
        const session_digest digest = digest_session_token(token);
        if (needs_look_up(lookups, owner, token, digest)) {
            ++left_;
            asked = true;
            lookups.ask(owner, digest, secure,
                        address_prefix(request_->connection->sockaddr), *this);
        }
    }
    return asked;
}

/// An event goes on with the request, so that nothing of it runs inside of the
/// look-ups, or inside of the handler that asked.
void session_wait::told(session_lookups::answer what) noexcept
{
    // A store that has just come back answers before the zone has learned what
    // has ended meanwhile. Until then the zone knows no session.
    unanswered_ |= what == session_lookups::answer::unavailable ||
                   realm_.owner->sessions->is_stale();
    if (--left_ == 0) {
        // Others may have looked meanwhile, in vain.
        forget_session(request_);
        ngx_post_event(&event_, &ngx_posted_events);
    }
}

void session_wait::give_up() noexcept
{
    if (!is_over()) {
        lookups_of(request_).leave(*this);
        left_ = 0;
        unanswered_ = true;
    }
    if (event_.posted) {
        ngx_delete_posted_event(&event_);
    }
}

void session_wait::client_left(void* data) noexcept
{
    static_cast<session_wait*>(data)->give_up();
}

void session_wait::resume_request(ngx_event_t* event) noexcept
{
    ngx_http_request_t* r = static_cast<session_wait*>(event->data)->request_;
    ngx_connection_t* c = r->connection;
    ngx_http_set_log_request(c->log, r);
    r->write_event_handler(r);
    ngx_http_run_posted_requests(c);
}

namespace {

/// Asks, and sees to it that the request goes on. Returns false if there is
/// nothing to ask.
bool begin(session_wait& wait, ngx_http_request_t* r,
           const request_session& shown, ngx_http_event_handler_pt resume)
{
    if (!wait.ask(shown)) {
        return false;
    }
    if (r == r->main) {
        watch_client(r);
    }
    r->write_event_handler = resume;
    return true;
}

/// Makes a wait. Returns false if there is nothing to wait for.
bool begin_wait(ngx_http_request_t* r, const server_realm& here,
                const request_session& shown, ngx_http_event_handler_pt resume)
{
    request_context& context = context_of(r);
    ngx_http_cleanup_t* cleanup = ngx_http_cleanup_add(r, 0);
    if (cleanup == nullptr) {
        throw std::bad_alloc();
    }
    auto* wait = pool_new<session_wait>(r->main->pool, r, here, context.waits);
    cleanup->data = wait;
    cleanup->handler = session_wait::client_left;
    context.waits = wait;
    try {
        return begin(*wait, r, shown, resume);
    } catch (...) {
        // The request ends in an error, whose page may be protected, too.
        wait->give_up();
        throw;
    }
}

/// A header filter has ended the request with an error, and leads to the
/// error's page. nginx closes the connection of one that does not answer at
/// once.
bool cannot_wait(const ngx_http_request_t* r) noexcept
{
    return r->main->filter_finalize;
}

/// Calls `is_wanted(wait)` for the waits of the request and of its subrequests
/// until it returns true, and returns whether it has.
template <class Condition>
bool has_wait(ngx_http_request_t* r, Condition&& is_wanted) noexcept
{
    const request_context* context = find_context(r);
    for (const session_wait* wait = context != nullptr ? context->waits
                                                       : nullptr;
         wait != nullptr; wait = wait->next()) {
        if (is_wanted(*wait)) {
            return true;
        }
    }
    return false;
}

} // namespace

bool knows_sessions(ngx_http_request_t* r, const server_realm& here,
                    ngx_http_event_handler_pt resume)
{
    const request_session* shown =
        here.owner->limits.is_cache ? looked_up(r, here) : nullptr;
    if (shown == nullptr || shown->missed == 0 || cannot_wait(r) ||
        has_wait(r, [&here](const session_wait& wait) {
            return wait.is_for(here) && wait.is_over();
        })) {
        return true;
    }
    return !is_waiting(r) && !begin_wait(r, here, *shown, resume);
}

bool is_waiting(ngx_http_request_t* r) noexcept
{
    return has_wait(r, [r](const session_wait& wait) {
        return wait.is_of(r) && !wait.is_over();
    });
}

bool is_unanswered(ngx_http_request_t* r, const server_realm& here) noexcept
{
    return has_wait(r, [&here](const session_wait& wait) {
        return wait.is_for(here) && wait.is_unanswered();
    });
}

} // namespace auth
