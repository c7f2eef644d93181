#pragma once

// Lists of headers. From 1.23.0 on nginx links the headers of a name. Earlier
// versions keep an array of them.

#include "nginx/ngx.h"

namespace auth {

/// Calls `visit(ngx_table_elt_t&)` for each element of a list of headers until
/// it returns true.
template <class Visit>
bool any_header(const ngx_list_t& list, Visit&& visit)
{
    for (const ngx_list_part_t* part = &list.part; part != nullptr;
         part = part->next) {
        auto* elements = static_cast<ngx_table_elt_t*>(part->elts);
        for (ngx_uint_t i = 0; i < part->nelts; ++i) {
            if (visit(elements[i])) {
                return true;
            }
        }
    }
    return false;
}

/// Calls `visit(ngx_table_elt_t&)` for every Cookie header.
template <class Visit>
void for_each_cookie_header(ngx_http_request_t* r, Visit&& visit)
{
#if nginx_version >= 1023000
    for (ngx_table_elt_t* h = r->headers_in.cookie; h != nullptr; h = h->next) {
        visit(*h);
    }
#else
    auto** headers = static_cast<ngx_table_elt_t**>(r->headers_in.cookies.elts);
    for (ngx_uint_t i = 0; i < r->headers_in.cookies.nelts; ++i) {
        visit(*headers[i]);
    }
#endif
}

bool is_cookie(const ngx_table_elt_t& header) noexcept;

/// Takes empty Cookie headers out of those to which nginx points. Throws
/// std::bad_alloc.
void drop_empty_cookies(ngx_http_request_t* r);

/// Puts a WWW-Authenticate or Cache-Control header of an answer, which is in
/// the list, where nginx looks for it. Throws std::bad_alloc.
void link_challenge(ngx_http_request_t* r, ngx_table_elt_t& header) noexcept;
void link_cache_control(ngx_http_request_t* r, ngx_table_elt_t& header);

} // namespace auth
