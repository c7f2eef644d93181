#pragma once

// What this module knows of the inside of nginx and of nginx's modules, beyond
// what other modules may rely on: fields that differ between versions, and
// private structures. It is right for nginx 1.22.1 and 1.28.3, on which the
// tests run, and for what lies between. Before you move to a later version,
// compare this file with its sources.

#include "nginx/ngx.h"

#include <string_view>

namespace auth {

// Lists of headers. From 1.23.0 on nginx links the headers of a name. Earlier
// versions keep an array of them.

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

/// Lets nginx finish a request whose client left while a thread worked for it.
/// The request may be gone afterwards. From 1.25.4 on the connection's handler
/// does this, in earlier versions the handler that the termination has set.
void finish_after_thread(ngx_http_request_t* r) noexcept;

/// Closes a request, and all that belongs to it, as nginx does when the client
/// has left. Call it from a timer or a posted event. The request is gone
/// afterwards, or soon.
void close_as_if_client_left(ngx_http_request_t* r) noexcept;

// Listeners and TLS. A module that was configured --with-compat but without TLS
// may be loaded by an nginx that has it.

/// Whether the client speaks TLS to this nginx.
inline bool has_tls(const ngx_connection_t* c) noexcept
{
#if (NGX_SSL || NGX_COMPAT)
    return c->ssl != nullptr;
#else
    (void)c;
    return false;
#endif
}

/// Whether every server of a listener speaks TLS on it (QUIC from 1.25.0 on).
inline bool has_tls(const ngx_http_listen_opt_t& listener) noexcept
{
#if nginx_version >= 1025000
    return listener.ssl != 0 || listener.quic != 0;
#else
    return listener.ssl != 0;
#endif
}

/// A listener of the server for which `is_it` is true, or null.
const ngx_http_listen_opt_t*
find_listener(const ngx_http_core_main_conf_t& core,
              const ngx_http_core_srv_conf_t& server,
              bool (*is_it)(const ngx_http_listen_opt_t&) noexcept) noexcept;

/// `ssl on` of a server, which nginx before 1.25.1 has: TLS on every listener.
bool is_all_tls(const ngx_cycle_t* cycle,
                const ngx_http_core_srv_conf_t& server) noexcept;

/// Lets OpenSSL wipe what it has deciphered as soon as nginx has taken it, on
/// all connections of the server.
void cleanse_plaintext(const ngx_cycle_t* cycle,
                       const ngx_http_core_srv_conf_t& server) noexcept;

// Thread pools.

/// Declares a thread pool, as if the directive `thread_pool` were written in
/// the configuration: nginx has no other way to say how many threads there are.
/// Each worker starts the threads. Throws configuration_error if nginx refuses
/// it; the log says why.
ngx_thread_pool_t* declare_thread_pool(ngx_conf_t* cf, std::string_view name,
                                       ngx_uint_t threads);

/// How many threads each worker will start, for all pools of the configuration.
/// Call it when nginx has completed them.
ngx_uint_t threads_of_worker(const ngx_cycle_t* cycle) noexcept;

// Variables.

/// Whether nginx will know the variable once the configuration has been read:
/// by its name, or as one of a family such as `$http_…`.
bool is_defined_variable(const ngx_http_core_main_conf_t& core,
                         std::string_view name);

/// Gives a variable of nginx another handler, and returns the old one, or null
/// if there is no such variable. Call it while variables are added.
ngx_http_get_variable_pt
replace_variable(const ngx_http_core_main_conf_t& core, std::string_view name,
                 ngx_http_get_variable_pt handler) noexcept;

/// The value of a variable for the request as it is now, or null. Values that
/// nginx keeps from before a rewrite or an internal redirect do not count,
/// neither of this variable nor of the variables behind it. Throws
/// std::bad_alloc.
const ngx_http_variable_value_t* fresh_value(ngx_http_request_t* r,
                                             ngx_uint_t index);

/// Whether `auth_basic` is on in this location. `index` is the ctx_index of its
/// module. Its configuration begins with the value of the realm, which is null
/// or "off" if it is off.
bool has_auth_basic(ngx_http_request_t* r, ngx_uint_t index) noexcept;

} // namespace auth
