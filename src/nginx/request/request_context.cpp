#include "nginx/request/request_context.h"

#include "nginx/shared/session_zone.h"
#include "nginx/threads/worker_services.h"

namespace auth {

namespace {

/// An internal redirect zeroes contexts but keeps the pool, so the context
/// hangs on a pool cleanup, which marks it.
void context_mark(void* /*context*/) noexcept {}

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

/// Asks the zone; the request's pool keeps what it says.
const request_session* look_up(ngx_http_request_t* r, request_context& context,
                               const server_realm& of)
{
    // Uninitialised: only a live session's identity is ever read.
    auto* one = static_cast<request_session*>(
        ngx_palloc(r->main->pool, sizeof(request_session)));
    if (one == nullptr) {
        throw std::bad_alloc();
    }
    one->next = context.sessions;
    one->realm = &of;
    context.sessions = one;

    shown_sessions shown(r, of, context.cookies);
    one->contested = false;
    one->live = shown.next(one->digest, one->who);
    session_digest digest;
    session_identity other;
    while (one->live && shown.next(digest, other)) {
        one->contested = other.user_id() != one->who.user_id();
        one->live = !one->contested;
    }
    return one->live ? one : nullptr;
}

const request_session* find_looked_up(const request_context& context,
                                      const server_realm& of) noexcept
{
    const request_session* one = context.sessions;
    while (one != nullptr && one->realm != &of) {
        one = one->next;
    }
    return one;
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
    auto* made = pool_new<request_context>(main->pool);
    ngx_pool_cleanup_t* mark = ngx_pool_cleanup_add(main->pool, 0);
    if (mark == nullptr) {
        throw std::bad_alloc();
    }
    mark->data = made;
    mark->handler = context_mark;
    ngx_http_set_ctx(main, made, ngx_http_auth_module);
    return *made;
}

std::string_view cookies_shown(ngx_http_request_t* r) noexcept
{
    const request_context* context = find_context(r);
    return context != nullptr ? context->cookies : std::string_view{};
}

cookie_values cookies_of(ngx_http_request_t* r, const server_realm& of,
                         own_cookie which) noexcept
{
    return {cookies_shown(r),
            of.of->full_cookie_name(which, of.of->secure_for(r->connection))};
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
        if (realm_.of->sessions->find(digest, secure_, who)) {
            if (who.check_due) {
                main_conf_of(request_).services->revalidator.check(*realm_.of,
                                                                   who);
            }
            return true;
        }
    }
    return false;
}

const request_session* session_of(ngx_http_request_t* r, const server_realm& of)
{
    request_context* context = find_context(r);
    if (context == nullptr || context->cookies.empty()) {
        return nullptr;
    }
    if (const request_session* one = find_looked_up(*context, of)) {
        return one->live ? one : nullptr;
    }
    return look_up(r, *context, of);
}

bool is_contested(ngx_http_request_t* r, const server_realm& of)
{
    if (session_of(r, of) != nullptr) {
        return false;
    }
    const request_context* context = find_context(r);
    const request_session* one =
        context != nullptr ? find_looked_up(*context, of) : nullptr;
    return one != nullptr && one->contested;
}

void forget_session(ngx_http_request_t* r) noexcept
{
    if (request_context* context = find_context(r)) {
        context->sessions = nullptr;
    }
}

} // namespace auth
