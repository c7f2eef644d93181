#include "nginx/pages/form_body.h"

#include "nginx/configuration.h"
#include "nginx/log.h"
#include "nginx/pages/form_deadline.h"
#include "nginx/request/request_context.h"

namespace auth {

namespace {

// As every filter of nginx keeps its successor.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
ngx_http_request_body_filter_pt next_body_filter;

off_t size_of(const ngx_chain_t* in) noexcept
{
    off_t size = 0;
    for (; in != nullptr; in = in->next) {
        size += ngx_buf_size(in->buf);
    }
    return size;
}

bool has_end(const ngx_chain_t* in) noexcept
{
    while (in != nullptr && !in->buf->last_buf) {
        in = in->next;
    }
    return in != nullptr;
}

/// Takes a piece of a form's body. nginx calls it without a piece when it
/// begins.
ngx_int_t take_piece(ngx_http_request_t* r, const location_configuration& conf,
                     const ngx_chain_t* in)
{
    request_context& context = context_of(r);
    context.form_size += size_of(in);
    const bool too_large = context.form_size > max_form_size ||
                           r->headers_in.content_length_n > max_form_size;
    if (context.deadline == nullptr) {
        context.deadline =
            too_large || has_end(in) ? nullptr : form_deadline::start(r);
    } else if (too_large && context.form_location == nullptr) {
        context.deadline->give_up(); // another module reads the body
    } else if (too_large || has_end(in)) {
        context.deadline->stop();
    }
    if (too_large) {
        log_line(r->connection->log, NGX_LOG_INFO, *conf.page_realm->owner,
                 "a form was refused, it is larger than 8 KiB");
        return NGX_HTTP_REQUEST_ENTITY_TOO_LARGE;
    }
    return NGX_OK;
}

ngx_int_t filter_body(ngx_http_request_t* r, ngx_chain_t* in) noexcept
{
    const location_configuration& conf = location_conf_of(r);
    if (conf.has_page) {
        const auto rc = guarded<ngx_int_t>(
            r->connection->log, NGX_HTTP_INTERNAL_SERVER_ERROR,
            [&] { return take_piece(r, conf, in); });
        if (rc != NGX_OK) {
            return rc;
        }
    }
    return next_body_filter(r, in);
}

} // namespace

ngx_int_t install_body_filter(ngx_conf_t*) noexcept
{
    next_body_filter = ngx_http_top_request_body_filter;
    ngx_http_top_request_body_filter = filter_body;
    return NGX_OK;
}

void keep_bodies_in_memory(ngx_http_core_loc_conf_t& core) noexcept
{
    core.client_max_body_size = 0;
    core.client_body_in_file_only = 0;
    core.client_body_in_single_buffer = 1;
    // Above the largest form, so that nginx never writes a form to a file.
    core.client_body_buffer_size = 2 * max_form_size;
}

bool is_form_sized(const ngx_http_request_t* r) noexcept
{
    const ngx_http_request_body_t* body = r->request_body;
    if (body == nullptr) {
        return true;
    }
    for (const ngx_chain_t* link = body->bufs; link != nullptr;
         link = link->next) {
        if (link->buf->in_file) {
            return false;
        }
    }
    return body->temp_file == nullptr && size_of(body->bufs) <= max_form_size;
}

bool is_form_left(const ngx_http_request_t* r) noexcept
{
    const off_t size =
        r->request_body != nullptr ? size_of(r->request_body->bufs) : 0;
    const ngx_table_elt_t* length = r->headers_in.content_length;
    return length != nullptr
               ? ngx_atoof(length->value.data, length->value.len) == size
               : size > 0 || r->headers_in.chunked == 0;
}

} // namespace auth
