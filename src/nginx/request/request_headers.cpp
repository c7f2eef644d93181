#include "nginx/request/request_headers.h"

#include "nginx/nginx_internals.h"

namespace auth {

namespace {

/// Takes the headers that `unwanted` names out of the request.
///
/// nginx's upstream modules do not skip elements, and read the first element of
/// every later part of the list. So the other headers are copied to a new list.
/// The old elements stay valid, and so do nginx's pointers to Host and others.
template <class Unwanted>
void remove_headers_if(ngx_http_request_t* r, header_list wanted,
                       Unwanted&& unwanted)
{
    ngx_list_t& headers = r->headers_in.headers;
    ngx_uint_t good = 0; // headers before the first unwanted one
    const bool found = any_header(headers, [&](const ngx_table_elt_t& header) {
        if (unwanted(header)) {
            return true;
        }
        ++good;
        return false;
    });
    if (!found && wanted == header_list::any) {
        return;
    }
    ngx_uint_t before = 0;
    for (const ngx_list_part_t* part = &headers.part; part != nullptr;
         part = part->next) {
        before += part->nelts;
    }
    // Room for identity headers that may replace the removed ones.
    ngx_list_t kept;
    if (ngx_list_init(&kept, r->pool, before + 2, sizeof(ngx_table_elt_t)) !=
        NGX_OK) {
        throw std::bad_alloc();
    }
    auto* next = static_cast<ngx_table_elt_t*>(kept.part.elts);
    any_header(headers, [&](const ngx_table_elt_t& header) {
        if (good != 0) {
            --good; // this header was examined already
        } else if (unwanted(header)) {
            return false;
        }
        *next++ = header;
        return false;
    });
    kept.part.nelts = static_cast<ngx_uint_t>(
        next - static_cast<ngx_table_elt_t*>(kept.part.elts));
    headers = kept;
    if (kept.last == &kept.part) {
        headers.last = &headers.part;
    }
    repoint_cookies(r);
}

} // namespace

bool shares_request_headers(const ngx_http_request_t* r,
                            const ngx_http_request_t* other) noexcept
{
    return r->headers_in.headers.part.elts ==
           other->headers_in.headers.part.elts;
}

void remove_request_headers(ngx_http_request_t* r, const header_names& names,
                            header_list wanted)
{
    remove_headers_if(r, wanted, [&](const ngx_table_elt_t& header) {
        return (header.value.len == 0 && is_cookie(header)) ||
               names.has(header.key);
    });
}

void add_request_header(ngx_http_request_t* r, const identity_header& header,
                        ngx_str_t value)
{
    auto* element =
        static_cast<ngx_table_elt_t*>(ngx_list_push(&r->headers_in.headers));
    if (element == nullptr) {
        throw std::bad_alloc();
    }
    ngx_memzero(element, sizeof(*element));
    element->hash = header.hash;
    element->key = header.name;
    element->lowcase_key = header.lower_case.data;
    element->value = value;
}

std::optional<std::string_view> request_header(ngx_http_request_t* r,
                                               std::string_view name)
{
    std::optional<std::string_view> found;
    any_header(r->headers_in.headers, [&](const ngx_table_elt_t& header) {
        if (header.key.len != name.size() ||
            ngx_strncasecmp(header.key.data, borrow(name).data, name.size()) !=
                0) {
            return false;
        }
        if (!found) {
            found = view(header.value);
        } else {
            std::string joined(*found);
            joined.append(", ").append(view(header.value));
            found = view(copy(r->pool, joined));
        }
        return false;
    });
    return found;
}

std::string_view requested_host(const ngx_http_request_t* r) noexcept
{
    // HTTP/3 may have no Host, only the name in :authority.
    return view(r->headers_in.host != nullptr ? r->headers_in.host->value
                                              : r->headers_in.server);
}

} // namespace auth
