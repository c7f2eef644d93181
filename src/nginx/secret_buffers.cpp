#include "nginx/secret_buffers.h"

#include "nginx/configuration.h"
#include "nginx/wiped_pool.h"

#include "store/secret.h"

namespace auth {

namespace {

void wipe(u_char* begin, const u_char* end) noexcept
{
    if (begin != nullptr && begin < end) {
        wipe_memory(begin, static_cast<std::size_t>(end - begin));
    }
}

bool is_http2(const ngx_http_request_t* r) noexcept
{
#if (NGX_HTTP_V2)
    return r->stream != nullptr;
#else
    (void)r;
    return false;
#endif
}

/// A request that may bring a password, and where its body begins in the
/// buffer that nginx has read its headers into.
struct form_traces {
    ngx_http_request_t* request;
    const ngx_buf_t* headers; ///< null with HTTP/2
    u_char* body;
};

/// What is left of the body beside the request's pool, where a form that was
/// read whole has been wiped by who read it.
void wipe_preread(const form_traces& form) noexcept
{
    const ngx_http_request_body_t* body = form.request->request_body;
    if (form.headers == nullptr || body == nullptr) {
        return;
    }
    // Behind a whole body there may be the next request already.
    wipe(form.body, body->rest > 0 ? form.headers->end : form.headers->pos);
}

/// The answer, where TLS has collected it. What is not sent yet is left alone.
void wipe_sent(const ngx_connection_t* c) noexcept
{
#if (NGX_HTTP_SSL)
    if (c->ssl != nullptr && c->ssl->buf != nullptr) {
        const ngx_buf_t& sent = *c->ssl->buf;
        // nginx has set both back to the start once all was sent.
        wipe(sent.start, sent.pos == sent.last ? sent.end : sent.pos);
    }
#else
    (void)c;
#endif
}

void wipe_form(void* data) noexcept
{
    const auto& form = *static_cast<const form_traces*>(data);
    ngx_http_request_t* r = form.request;
    wipe_preread(form);
    wipe_sent(r->connection);
    if (is_http2(r)) {
        main_conf_of(r).received.wipe_soon(r);
    }
}

} // namespace

const ngx_module_t* find_module(const ngx_cycle_t* cycle,
                                std::string_view name) noexcept
{
    for (ngx_uint_t i = 0; cycle->modules[i] != nullptr; ++i) {
        const ngx_module_t* module = cycle->modules[i];
        if (module->name != nullptr && module->name == name) {
            return module;
        }
    }
    return nullptr;
}

void http2_receive_buffer::find(const ngx_cycle_t* cycle) noexcept
{
    if (const ngx_module_t* http2 = find_module(cycle, "ngx_http_v2_module")) {
        index_ = http2->ctx_index;
    }
}

void http2_receive_buffer::wipe_soon(ngx_http_request_t* r) noexcept
{
    if (index_ != NGX_CONF_UNSET_UINT) {
        event_.handler = wipe;
        event_.data = r->main_conf[index_];
        event_.log = ngx_cycle->log;
        ngx_post_event(&event_, &ngx_posted_events);
    }
}

void http2_receive_buffer::wipe(ngx_event_t* event) noexcept
{
#if (NGX_HTTP_V2)
    // Between two events it holds nothing that is needed: what begins a frame
    // is kept with the connection.
    auto* conf = static_cast<ngx_http_v2_main_conf_t*>(event->data);
    if (conf->recv_buffer != nullptr) {
        wipe_memory(conf->recv_buffer, conf->recv_buffer_size);
    }
#else
    (void)event;
#endif
}

void wipe_form_at_end(ngx_http_request_t* r)
{
    const ngx_buf_t* headers = is_http2(r) ? nullptr : r->header_in;
    auto* form = pool_new<form_traces>(
        r->pool,
        form_traces{r, headers, headers != nullptr ? headers->pos : nullptr});
    ngx_pool_cleanup_t* cleanup = ngx_pool_cleanup_add(r->pool, 0);
    if (cleanup == nullptr) {
        throw std::bad_alloc();
    }
    cleanup->handler = wipe_form;
    cleanup->data = form;
    wipe_at_end(r->pool);
#if (NGX_HTTP_V2)
    if (r->stream != nullptr && r->stream->preread != nullptr) {
        // nginx frees it by this pointer once it has copied it: now the pool
        // does, later.
        r->stream->preread->start = nullptr;
    }
#endif
}

void wipe_http2_cookies(ngx_http_request_t* r)
{
#if (NGX_HTTP_V2)
    if (r->stream == nullptr) {
        return;
    }
    wipe_at_end(r->stream->connection->connection->pool);
    if (const ngx_array_t* cookies = r->stream->cookies) {
        auto* values = static_cast<ngx_str_t*>(cookies->elts);
        for (ngx_uint_t i = 0; i < cookies->nelts; ++i) {
            wipe_memory(values[i].data, values[i].len);
        }
    }
#else
    (void)r;
#endif
}

ngx_int_t discard_body(ngx_http_request_t* r) noexcept
{
    const ngx_buf_t* headers = is_http2(r) ? nullptr : r->header_in;
    u_char* body = headers != nullptr ? headers->pos : nullptr;
    const ngx_int_t rc = ngx_http_discard_request_body(r);
    if (headers != nullptr) {
        wipe(body, headers->pos);
    }
#if (NGX_HTTP_V2)
    if (r->stream != nullptr && !r->stream->in_closed) {
        main_conf_of(r).received.wipe_soon(r);
    }
#endif
    return rc;
}

void wipe_deciphered(const ngx_cycle_t* cycle, void* const* srv_conf) noexcept
{
#if (NGX_HTTP_SSL && defined(SSL_OP_CLEANSE_PLAINTEXT))
    const ngx_module_t* tls = find_module(cycle, "ngx_http_ssl_module");
    if (tls == nullptr) {
        return;
    }
    const auto* conf =
        static_cast<ngx_http_ssl_srv_conf_t*>(srv_conf[tls->ctx_index]);
    if (conf->ssl.ctx != nullptr) {
        SSL_CTX_set_options(conf->ssl.ctx, SSL_OP_CLEANSE_PLAINTEXT);
    }
#else
    (void)cycle;
    (void)srv_conf;
#endif
}

} // namespace auth
