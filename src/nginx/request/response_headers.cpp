#include "nginx/request/response_headers.h"

#include "nginx/header_names.h"
#include "nginx/internals/header_lists.h"

#include <utility>

namespace auth {

namespace {

bool is_challenge(const ngx_table_elt_t& header) noexcept
{
    return folds_to(header.key, "www-authenticate");
}

bool is_basic(const ngx_table_elt_t& challenge) noexcept
{
    return view(challenge.value).substr(0, 6) == "Basic ";
}

} // namespace

ngx_table_elt_t* add_response_header(ngx_http_request_t* r,
                                     std::string_view name, ngx_str_t value)
{
    auto* element =
        static_cast<ngx_table_elt_t*>(ngx_list_push(&r->headers_out.headers));
    if (element == nullptr) {
        throw std::bad_alloc();
    }
    ngx_memzero(element, sizeof(*element));
    element->hash = 1;
    element->key = borrow(name);
    element->value = value;
    return element;
}

ngx_table_elt_t* add_challenge(ngx_http_request_t* r, ngx_str_t value)
{
    ngx_table_elt_t* header = add_response_header(r, "WWW-Authenticate", value);
    link_challenge(r, *header);
    return header;
}

bool has_basic_challenge(const ngx_http_request_t* r) noexcept
{
    return any_header(r->headers_out.headers, [](ngx_table_elt_t& header) {
        return is_challenge(header) && is_basic(header);
    });
}

void put_basic_first(ngx_http_request_t* r) noexcept
{
    ngx_table_elt_t* first = nullptr;
    any_header(r->headers_out.headers, [&](ngx_table_elt_t& header) {
        if (header.hash == 0 || !is_challenge(header)) {
            return false;
        }
        first = first == nullptr ? &header : first;
        if (!is_basic(header)) {
            return false;
        }
        std::swap(first->value, header.value);
        return true;
    });
}

bool has_cache_control(const ngx_http_request_t* r) noexcept
{
    return any_header(
        r->headers_out.headers, [](const ngx_table_elt_t& header) {
            return header.hash != 0 && folds_to(header.key, "cache-control");
        });
}

void drop_response_headers(ngx_http_request_t* r,
                           std::string_view folded) noexcept
{
    any_header(r->headers_out.headers, [&](ngx_table_elt_t& header) {
        if (folds_to(header.key, folded)) {
            header.hash = 0; // nginx's filters skip it
        }
        return false;
    });
}

void add_cache_control(ngx_http_request_t* r, std::string_view value)
{
    link_cache_control(r,
                       *add_response_header(r, "Cache-Control", borrow(value)));
}

} // namespace auth
