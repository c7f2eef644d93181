#include "nginx/request/request_context.h"

#include "nginx/request/session_wait.h"
#include "nginx/shared/session_zone.h"
#include "nginx/threads/session_check.h"
#include "nginx/threads/worker_services.h"

namespace auth {

namespace {

/// An internal redirect zeroes contexts and keeps the pool. So the context is
/// found by a cleanup of the pool.
void context_mark(void* context) noexcept
{
    open_requests::remove(static_cast<request_context*>(context)->open);
}

request_context* context_in_pool(ngx_http_request_t* r) noexcept
{
    for (ngx_pool_cleanup_t* cleanup = r->pool->cleanup; cleanup != nullptr;
         cleanup = cleanup->next) {
        if (cleanup->handler == context_mark) {
            return static_cast<request_context*>(cleanup->data);
        }
    }
    return nullptr;
}

/// Asks the zone. The request's pool keeps the answer.
const request_session& look_up(ngx_http_request_t* r, request_context& context,
                               const server_realm& here)
{
    // Not initialised: only the identity of a live session is read.
    auto* found = static_cast<request_session*>(
        ngx_palloc(r->main->pool, sizeof(request_session)));
    if (found == nullptr) {
        throw std::bad_alloc();
    }
    found->next = context.sessions;
    found->realm = &here;
    context.sessions = found;

    shown_sessions shown(r, here, context.cookies);
    found->contested = false;
    found->live = shown.next(found->digest, found->who);
    session_digest digest;
    session_identity other;
    while (found->live && shown.next(digest, other)) {
        found->contested = other.user_id() != found->who.user_id();
        found->live = !found->contested;
    }
    found->missed = shown.missed();
    // The other one may be a session of somebody else.
    found->live =
        found->live && (found->missed == 0 || !is_unanswered(r, here));
    for (unsigned i = 0; i < found->missed; ++i) {
        found->missed_tokens[i] = shown.missed_token(i);
    }
    return *found;
}

const request_session* find_looked_up(const request_context& context,
                                      const server_realm& here) noexcept
{
    const request_session* session = context.sessions;
    while (session != nullptr && session->realm != &here) {
        session = session->next;
    }
    return session;
}

} // namespace

request_context* find_context(ngx_http_request_t* r) noexcept
{
    ngx_http_request_t* main = r->main;
    auto* context = static_cast<request_context*>(
        ngx_http_get_module_ctx(main, ngx_http_auth_module));
    if (context == nullptr && (main->internal || main->filter_finalize)) {
        context = context_in_pool(main);
        if (context != nullptr) {
            ngx_http_set_ctx(main, context, ngx_http_auth_module);
        }
    }
    return context;
}

request_context& context_of(ngx_http_request_t* r)
{
    if (request_context* found = find_context(r)) {
        return *found;
    }
    ngx_http_request_t* main = r->main;
    ngx_pool_cleanup_t* mark =
        ngx_pool_cleanup_add(main->pool, sizeof(request_context));
    if (mark == nullptr) {
        throw std::bad_alloc();
    }
    static_assert(std::is_trivially_destructible_v<request_context>);
    auto* added = new (mark->data) request_context;
    mark->handler = context_mark;
    ngx_http_set_ctx(main, added, ngx_http_auth_module);
    return *added;
}

std::string_view cookies_shown(ngx_http_request_t* r) noexcept
{
    const request_context* context = find_context(r);
    return context != nullptr ? context->cookies : std::string_view{};
}

cookie_values cookies_of(ngx_http_request_t* r, const server_realm& here,
                         own_cookie which) noexcept
{
    return {cookies_shown(r),
            here.owner->full_cookie_name(
                which, here.owner->secure_for(r->connection))};
}

bool shown_sessions::next(session_digest& digest,
                          session_identity& who) noexcept
{
    std::string_view token;
    while (tried_ < most_cookies && tokens_.next(token)) {
        if (token.size() != session_token_size) {
            continue;
        }
        ++tried_;
        digest = digest_session_token(token);
        if (realm_.owner->sessions->find(digest, secure_, who)) {
            if (who.check_due) {
                check_session(main_conf_of(request_).services->operations,
                              *realm_.owner, who, digest);
            }
            return true;
        }
        missed_tokens_[missed_++] = token;
    }
    return false;
}

const request_session* looked_up(ngx_http_request_t* r,
                                 const server_realm& here)
{
    request_context* context = find_context(r);
    if (context == nullptr || context->cookies.empty()) {
        return nullptr;
    }
    const request_session* known = find_looked_up(*context, here);
    return known != nullptr ? known : &look_up(r, *context, here);
}

const request_session* session_of(ngx_http_request_t* r,
                                  const server_realm& here)
{
    const request_session* known = looked_up(r, here);
    return known != nullptr && known->live ? known : nullptr;
}

bool is_contested(ngx_http_request_t* r, const server_realm& here)
{
    const request_session* known = looked_up(r, here);
    return known != nullptr && known->contested;
}

void forget_session(ngx_http_request_t* r) noexcept
{
    if (request_context* context = find_context(r)) {
        context->sessions = nullptr;
    }
}

} // namespace auth
