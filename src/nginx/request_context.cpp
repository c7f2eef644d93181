#include "nginx/request_context.h"

#include "nginx/handlers.h"
#include "nginx/headers.h"
#include "nginx/session_zone.h"

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

/// Adds a Cookie header to those that are kept, so that the bytes of them all
/// are in one place.
void keep_cookies(ngx_http_request_t* r, std::string_view header)
{
    request_context& context = context_of(r);
    const std::string_view before = context.cookies;
    if (before.empty()) {
        context.cookies = header;
        return;
    }
    const std::size_t size = before.size() + 2 + header.size();
    auto* joined = static_cast<u_char*>(ngx_pnalloc(r->pool, size));
    if (joined == nullptr) {
        throw std::bad_alloc();
    }
    u_char* end = ngx_cpymem(joined, before.data(), before.size());
    end = ngx_cpymem(end, "; ", 2);
    ngx_memcpy(end, header.data(), header.size());
    context.cookies = view(ngx_str_t{size, joined});
}

/// Keeps the Cookie headers and cuts our cookies out of them.
void cut_own_cookies(ngx_http_request_t* r, const server_configuration& server)
{
    const cookie_names ours{server.cookie_names.data(),
                            server.cookie_names.size()};

    for_each_cookie_header(r, [&](ngx_table_elt_t& header) {
        const std::string_view before = view(header.value);
        auto* bytes =
            static_cast<u_char*>(ngx_pnalloc(r->pool, before.size() + 1));
        if (bytes == nullptr) {
            throw std::bad_alloc();
        }
        ngx_memcpy(bytes, before.data(), before.size());
        const std::size_t left =
            cut_cookies(reinterpret_cast<char*>(bytes), before.size(), ours);
        if (left == before.size()) {
            return;
        }
        bytes[left] = '\0';
        header.value = {left, bytes};
        keep_cookies(r, before);
    });
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
    one->live = false;
    context.sessions = one;
    const std::string_view token = cookie_of(r, of, own_cookie::session);
    if (token.size() == session_token_size) {
        one->digest = digest_session_token(token);
        one->live = of.of->sessions->find(
            one->digest, of.of->secure_for(r->connection), one->who);
    }
    if (one->live && one->who.check_due) {
        main_conf_of(r).checker.check(*of.of, one->who);
    }
    return one->live ? one : nullptr;
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

std::string_view cookie_of(ngx_http_request_t* r, const server_realm& of,
                           own_cookie which)
{
    const request_context* context = find_context(r);
    if (context == nullptr || context->cookies.empty()) {
        return {};
    }
    std::string_view value;
    const cookie_found found = find_cookie(
        context->cookies,
        of.of->full_cookie_name(which, of.of->secure_for(r->connection)),
        value);
    return found == cookie_found::one ? value : std::string_view{};
}

const request_session* session_of(ngx_http_request_t* r, const server_realm& of)
{
    request_context* context = find_context(r);
    if (context == nullptr || context->cookies.empty()) {
        return nullptr;
    }
    for (const request_session* one = context->sessions; one != nullptr;
         one = one->next) {
        if (one->realm == &of) {
            return one->live ? one : nullptr;
        }
    }
    return look_up(r, *context, of);
}

void forget_session(ngx_http_request_t* r) noexcept
{
    if (request_context* context = find_context(r)) {
        context->sessions = nullptr;
    }
}

ngx_int_t cleanse_request(ngx_http_request_t* r) noexcept
{
    const server_configuration& server = server_conf_of(r);
    if (server.realms.empty()) {
        return NGX_DECLINED;
    }
    if (r->internal) {
        // Values that an earlier location has seen may be wrong in this one;
        // subrequests share them with their main request.
        refresh_variables(r);
    }
    if (r != r->main) {
        return NGX_DECLINED; // its headers are those of the main request
    }
    return guarded<ngx_int_t>(
        r->connection->log, NGX_HTTP_INTERNAL_SERVER_ERROR, [&] {
            cut_own_cookies(r, server);
            // The identity header of an earlier pass goes as well: the one
            // that counts is that of the location which finally runs.
            remove_request_headers(r, server.identity_headers);
            return NGX_DECLINED;
        });
}

ngx_int_t cleanse_redirected_request(ngx_http_request_t* r) noexcept
{
    return r->internal ? cleanse_request(r) : NGX_DECLINED;
}

} // namespace auth
