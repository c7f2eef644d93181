#include "nginx/request/response.h"

#include "nginx/request/request_context.h"
#include "nginx/request/response_headers.h"

#include "web/url_encoding.h"

#include <utility>

namespace auth {

namespace {

/// For failures that are likely to pass: a store that is away, a full queue.
constexpr std::uint32_t retry_soon_s = 5;

/// Statuses for which nginx has no reason phrase.
void name_status(ngx_http_request_t* r)
{
    if (r->headers_out.status == 422) {
        ngx_str_set(&r->headers_out.status_line, "422 Unprocessable Content");
    } else if (r->headers_out.status == too_early) {
        ngx_str_set(&r->headers_out.status_line, "425 Too Early");
    }
}

void add_headers(ngx_http_request_t* r, const response& what)
{
    if (!what.location.empty()) {
        // Not through headers_out.location: nginx would make it absolute.
        add_response_header(r, "Location", copy(r->pool, what.location));
    }
    for (const wiped_string& cookie : what.cookies) {
        add_response_header(r, "Set-Cookie", copy(r->pool, cookie));
    }
    if (!what.allow.empty()) {
        add_response_header(r, "Allow", borrow(what.allow));
    }
    if (what.challenge.len != 0) {
        add_challenge(r, what.challenge);
    }
    if (what.retry_after_s != 0) {
        add_response_header(r, "Retry-After",
                            copy(r->pool, std::to_string(what.retry_after_s)));
    }
}

} // namespace

bool is_early_data(ngx_http_request_t* r)
{
    // By the variable: nginx without TLS does not have it, and this needs
    // nothing of OpenSSL.
    ngx_str_t name = ngx_string("ssl_early_data");
    const ngx_variable_value_t* early =
        ngx_http_get_variable(r, &name, ngx_hash_key(name.data, name.len));
    if (early == nullptr) {
        throw std::bad_alloc();
    }
    return early->not_found == 0 && early->len != 0;
}

bool is_get(const ngx_http_request_t* r) noexcept
{
    return (r->method & (NGX_HTTP_GET | NGX_HTTP_HEAD)) != 0;
}

bool is_error_page(const ngx_http_request_t* r) noexcept
{
    // r->internal and r->error_page do not tell: every rewrite sets the first,
    // and the second is set even if no error_page was for this status.
    return r->err_status >= NGX_HTTP_BAD_REQUEST;
}

void set_head(ngx_http_request_t* r, const response& what)
{
    if (!is_error_page(r) || !what.location.empty()) {
        r->err_status = 0; // nginx would send and log it instead
    }
    r->headers_out.status = what.status;
    r->headers_out.status_line.len = 0;
    r->headers_out.content_length_n = static_cast<off_t>(what.content().size());
    r->headers_out.content_type.len = 0;
    if (!what.content().empty()) {
        r->headers_out.content_type = borrow(what.content_type);
        ngx_str_set(&r->headers_out.charset, "utf-8");
    }
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = nullptr;
    name_status(r);
    add_headers(r, what);
}

ngx_buf_t* make_body(ngx_http_request_t* r, response&& what)
{
    // A page that is ready lives as long as the configuration, and so longer
    // than the request. Filters do not write into a buffer of `memory`.
    ngx_str_t bytes = {};
    if (what.ready != nullptr) {
        bytes = borrow(*what.ready);
    } else if (!what.body.empty()) {
        bytes = borrow(*pool_new<std::string>(r->pool, std::move(what.body)));
    }
    auto* buffer =
        static_cast<ngx_buf_t*>(ngx_pcalloc(r->pool, sizeof(ngx_buf_t)));
    if (buffer == nullptr) {
        throw std::bad_alloc();
    }
    buffer->pos = buffer->start = bytes.data;
    buffer->last = buffer->end = bytes.data + bytes.len;
    buffer->memory = bytes.len != 0;
    buffer->last_buf = r == r->main;
    buffer->last_in_chain = 1;
    buffer->sync = !buffer->memory && !buffer->last_buf;
    return buffer;
}

ngx_int_t send(ngx_http_request_t* r, response what)
{
    r->expect_tested = 1; // no "100 Continue" for a body that nobody reads
    if (const ngx_int_t rc = ngx_http_discard_request_body(r); rc != NGX_OK) {
        return rc;
    }
    set_head(r, what);
    ngx_chain_t out{make_body(r, std::move(what)), nullptr};
    const ngx_int_t rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }
    return ngx_http_output_filter(r, &out);
}

response redirect(ngx_uint_t status, std::string_view path)
{
    response to;
    to.status = status;
    to.location = encode_location(path);
    return to;
}

page_model model_for(ngx_http_request_t* r, server_realm& here)
{
    page_model model = common_model(here);
    if (const request_session* session = session_of(r, here)) {
        model.user = session->who.name();
    }
    const location_configuration& location = location_conf_of(r);
    if (r->internal && location.has_page) {
        // The address in the browser leads to another page (error_page).
        model.action = model.url(location.page);
    }
    return model;
}

response page_response(const server_realm& here, ngx_uint_t status,
                       page_kind which, const page_model& model)
{
    response shown;
    shown.status = status;
    shown.ready = here.pages->find_ready(which, model);
    if (shown.ready == nullptr) {
        shown.body = here.pages->render(which, model);
    }
    return shown;
}

response refusal(ngx_http_request_t* r, server_realm& here, ngx_uint_t status,
                 std::string_view title, std::string_view message)
{
    page_model model = model_for(r, here);
    model.status = static_cast<unsigned>(status);
    model.title = title;
    model.message = message;
    return page_response(here, status, page_kind::error, model);
}

response unavailable(ngx_http_request_t* r, server_realm& here,
                     std::string_view message)
{
    response later = refusal(r, here, NGX_HTTP_SERVICE_UNAVAILABLE,
                             "Please try again in a moment", message);
    later.retry_after_s = retry_soon_s;
    return later;
}

} // namespace auth
