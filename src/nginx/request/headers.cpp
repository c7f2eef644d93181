#include "nginx/request/headers.h"

#include <algorithm>
#include <cctype>

namespace auth {

namespace {

/// By hand, since every request pays for it.
constexpr char fold(unsigned char c) noexcept
{
    const auto small = static_cast<unsigned char>(c | 0x20);
    if (small >= 'a' && small <= 'z') {
        return static_cast<char>(small);
    }
    return c >= '0' && c <= '9' ? static_cast<char>(c) : '-';
}

bool folds_to(const ngx_str_t& name, std::string_view folded) noexcept
{
    if (name.len != folded.size()) {
        return false;
    }
    for (std::size_t i = 0; i < folded.size(); ++i) {
        if (fold(name.data[i]) != folded[i]) {
            return false;
        }
    }
    return true;
}

/// Calls `visit` for each element of a list of headers until it returns true.
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

bool is_cookie(const ngx_table_elt_t& header) noexcept
{
    return header.key.len == 6 && folds_to(header.key, "cookie");
}

bool is_challenge(const ngx_table_elt_t& header) noexcept
{
    return folds_to(header.key, "www-authenticate");
}

bool is_basic(const ngx_table_elt_t& challenge) noexcept
{
    return view(challenge.value).substr(0, 6) == "Basic ";
}

/// Makes nginx's own pointers to the Cookie headers those of the list, so
/// that who cuts one through them changes what upstreams get.
void repoint_cookies(ngx_http_request_t* r)
{
#if nginx_version >= 1023000
    ngx_table_elt_t** link = &r->headers_in.cookie;
    any_header(r->headers_in.headers, [&](ngx_table_elt_t& header) {
        if (is_cookie(header)) {
            *link = &header;
            link = &header.next;
        }
        return false;
    });
    *link = nullptr;
#else
    ngx_array_t& cookies = r->headers_in.cookies;
    if (cookies.nelts == 0) {
        return;
    }
    // Not in place: a subrequest's is its parent's.
    ngx_array_t own;
    if (ngx_array_init(&own, r->pool, cookies.nelts,
                       sizeof(ngx_table_elt_t*)) != NGX_OK) {
        throw std::bad_alloc();
    }
    any_header(r->headers_in.headers, [&](ngx_table_elt_t& header) {
        if (is_cookie(header)) { // never more than before: there is room
            *static_cast<ngx_table_elt_t**>(ngx_array_push(&own)) = &header;
        }
        return false;
    });
    cookies = own;
#endif
}

/// Takes the headers that `unwanted` names out of the request.
///
/// nginx's upstream modules do not skip elements, and read the first one of
/// every later part of the list, so the survivors are copied to a new list.
/// The old elements stay valid, and with them nginx's pointers to Host etc.
template <class Unwanted>
void remove_headers_if(ngx_http_request_t* r, header_list wanted,
                       Unwanted&& unwanted)
{
    ngx_list_t& headers = r->headers_in.headers;
    ngx_uint_t good = 0; // before the first one that goes
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
    // Room for the identity headers that may come in place of those that go.
    ngx_list_t kept;
    if (ngx_list_init(&kept, r->pool, before + 2, sizeof(ngx_table_elt_t)) !=
        NGX_OK) {
        throw std::bad_alloc();
    }
    auto* next = static_cast<ngx_table_elt_t*>(kept.part.elts);
    any_header(headers, [&](const ngx_table_elt_t& header) {
        if (good != 0) {
            --good; // it has been looked at
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

bool is_identity_header_name(std::string_view name)
{
    // Folded; what nginx keeps pointers to, or frames a message with.
    static constexpr std::string_view used[] = {"host",
                                                "connection",
                                                "content-length",
                                                "content-type",
                                                "transfer-encoding",
                                                "cookie",
                                                "authorization",
                                                "upgrade",
                                                "expect",
                                                "te",
                                                "trailer",
                                                "keep-alive",
                                                "range",
                                                "if-range",
                                                "referer",
                                                "user-agent",
                                                "accept",
                                                "accept-encoding",
                                                "date",
                                                "depth",
                                                "destination",
                                                "overwrite",
                                                "x-forwarded-for",
                                                "x-real-ip",
                                                "origin",
                                                "sec-fetch-site",
                                                "sec-fetch-mode",
                                                "sec-purpose",
                                                "x-requested-with",
                                                "if-match",
                                                "if-none-match",
                                                "if-modified-since",
                                                "if-unmodified-since",
                                                "via",
                                                "proxy-connection",
                                                "proxy-authorization"};
    const bool characters =
        !name.empty() && name.size() <= 64 &&
        std::all_of(name.begin(), name.end(), [](unsigned char c) {
            return std::isalnum(c) != 0 || c == '-';
        });
    return characters && std::find(std::begin(used), std::end(used),
                                   fold_header_name(name)) == std::end(used);
}

std::string fold_header_name(std::string_view name)
{
    std::string folded(name);
    std::transform(folded.begin(), folded.end(), folded.begin(),
                   [](unsigned char c) { return fold(c); });
    return folded;
}

identity_header make_identity_header(ngx_pool_t* pool, std::string_view name)
{
    identity_header made;
    made.name = copy(pool, name);
    made.folded = fold_header_name(name);
    made.lower_case = copy(pool, made.folded);
    made.hash = ngx_hash_key(made.lower_case.data, made.lower_case.len);
    return made;
}

void header_names::add(std::string_view folded)
{
    folded_.push_back(folded);
    lengths_ |= std::uint64_t{1} << (folded.size() % 64);
}

bool header_names::has(const ngx_str_t& name) const noexcept
{
    if ((lengths_ >> (name.len % 64) & 1) == 0) {
        return false;
    }
    return std::any_of(
        folded_.begin(), folded_.end(),
        [&](std::string_view one) { return folds_to(name, one); });
}

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
#if nginx_version >= 1023000
    header->next = r->headers_out.www_authenticate;
#endif
    r->headers_out.www_authenticate = header;
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
    ngx_table_elt_t* header =
        add_response_header(r, "Cache-Control", borrow(value));
#if nginx_version >= 1023000
    header->next = nullptr;
    r->headers_out.cache_control = header;
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
    *slot = header;
#endif
}

} // namespace auth
