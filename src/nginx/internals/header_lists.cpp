#include "nginx/internals/header_lists.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace auth {

bool is_cookie(const ngx_table_elt_t& header) noexcept
{
    // By hand, since every request pays for it. No byte but the capital turns
    // into the small letter.
    static constexpr char name[] = "cookie";
    if (header.key.len != sizeof(name) - 1) {
        return false;
    }
    std::uint32_t wanted_head = 0;
    std::uint32_t head = 0;
    std::uint16_t wanted_tail = 0;
    std::uint16_t tail = 0;
    std::memcpy(&wanted_head, name, sizeof(head));
    std::memcpy(&wanted_tail, name + sizeof(head), sizeof(tail));
    std::memcpy(&head, header.key.data, sizeof(head));
    std::memcpy(&tail, header.key.data + sizeof(head), sizeof(tail));
    return (head | 0x20202020u) == wanted_head &&
           (tail | 0x2020u) == wanted_tail;
}

void drop_empty_cookies(ngx_http_request_t* r)
{
#if nginx_version >= 1023000
    ngx_table_elt_t** link = &r->headers_in.cookie;
    for (ngx_table_elt_t* h = *link; h != nullptr; h = h->next) {
        if (h->value.len != 0) {
            *link = h;
            link = &h->next;
        }
    }
    *link = nullptr;
#else
    ngx_array_t& cookies = r->headers_in.cookies;
    auto** all = static_cast<ngx_table_elt_t**>(cookies.elts);
    auto** const end = all + cookies.nelts;
    const auto is_empty = [](const ngx_table_elt_t* header) {
        return header->value.len == 0;
    };
    const auto empty =
        static_cast<ngx_uint_t>(std::count_if(all, end, is_empty));
    if (empty == 0 || empty == cookies.nelts) {
        cookies.nelts -= empty;
        return;
    }
    // Not in place, because a subrequest has the array of its parent.
    ngx_array_t own;
    if (ngx_array_init(&own, r->pool, cookies.nelts - empty,
                       sizeof(ngx_table_elt_t*)) != NGX_OK) {
        throw std::bad_alloc();
    }
    own.nelts = cookies.nelts - empty;
    std::remove_copy_if(all, end, static_cast<ngx_table_elt_t**>(own.elts),
                        is_empty);
    cookies = own;
#endif
}

void link_challenge(ngx_http_request_t* r, ngx_table_elt_t& header) noexcept
{
#if nginx_version >= 1023000
    header.next = r->headers_out.www_authenticate;
#endif
    r->headers_out.www_authenticate = &header;
}

void link_cache_control(ngx_http_request_t* r, ngx_table_elt_t& header)
{
#if nginx_version >= 1023000
    header.next = nullptr;
    r->headers_out.cache_control = &header;
#else
    ngx_array_t& all = r->headers_out.cache_control;
    if (all.elts == nullptr &&
        ngx_array_init(&all, r->pool, 1, sizeof(ngx_table_elt_t*)) != NGX_OK) {
        throw std::bad_alloc();
    }
    auto** slot = static_cast<ngx_table_elt_t**>(ngx_array_push(&all));
    if (slot == nullptr) {
        throw std::bad_alloc();
    }
    *slot = &header;
#endif
}

} // namespace auth
