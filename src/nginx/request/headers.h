#pragma once

// Request and response headers: what nginx leaves to its modules, and where
// its versions differ.

#include "nginx/ngx.h"
#include "nginx/realm.h"

#include <optional>
#include <string_view>
#include <vector>

namespace auth {

/// Whether the `identity_header` directive may name this header: letters,
/// digits and `-`, and none that HTTP or nginx itself depends on.
bool is_identity_header_name(std::string_view name);
identity_header make_identity_header(ngx_pool_t* pool, std::string_view name);

/// A header name as upstreams may read it: small letters, and `-` for every
/// byte that is no letter or digit.
std::string fold_header_name(std::string_view name);

/// Names of headers, folded, to be looked for in every request.
class header_names
{
public:
    void add(std::string_view folded);
    bool has(const ngx_str_t& name) const noexcept;

private:
    std::vector<std::string_view> folded_;
    std::uint64_t lengths_ = 0; ///< a bit a length: most headers end here
};

/// A subrequest begins with its parent's list of headers, to which it may not
/// add.
enum class header_list { any, own };

/// Takes every request header away that has one of the names, and every
/// Cookie header that is empty. After that the list is this request's own, if
/// it is asked to be.
void remove_request_headers(ngx_http_request_t* r, const header_names& names,
                            header_list wanted = header_list::any);

/// Whether a request still has the other one's list of headers.
bool shares_request_headers(const ngx_http_request_t* r,
                            const ngx_http_request_t* other) noexcept;

/// Adds a header for upstreams, to a list of the request's own. The value must
/// live as long as the request.
void add_request_header(ngx_http_request_t* r, const identity_header& header,
                        ngx_str_t value);

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

/// A request header by its name; several of one name joined by ", ", so that
/// nobody reads the one that suits. nullopt when there is none.
std::optional<std::string_view> request_header(ngx_http_request_t* r,
                                               std::string_view name);

/// The host and port that a request was sent to, as its Host header says.
std::string_view requested_host(const ngx_http_request_t* r) noexcept;

/// Adds a response header; both must live as long as the request.
ngx_table_elt_t* add_response_header(ngx_http_request_t* r,
                                     std::string_view name, ngx_str_t value);

/// Adds a WWW-Authenticate header where nginx looks for it.
ngx_table_elt_t* add_challenge(ngx_http_request_t* r, ngx_str_t value);

/// Takes every response header of a folded name away.
void drop_response_headers(ngx_http_request_t* r,
                           std::string_view folded) noexcept;

/// Puts a Basic challenge before all others: many clients read one only.
void put_basic_first(ngx_http_request_t* r) noexcept;

/// Whether auth_basic has asked for a password, even if that was withdrawn.
bool has_basic_challenge(const ngx_http_request_t* r) noexcept;
bool has_cache_control(const ngx_http_request_t* r) noexcept;
void add_cache_control(ngx_http_request_t* r, std::string_view value);

} // namespace auth
