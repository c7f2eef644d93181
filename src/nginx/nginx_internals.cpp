#include "nginx/nginx_internals.h"

#include "nginx/configuration_error.h"
#include "nginx/header_names.h"

#include "base/quote.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <numeric>
#include <string>

#if (NGX_SSL || NGX_COMPAT)
extern "C" {
#include <ngx_event_openssl.h>
#include <ngx_http_ssl_module.h>
}
#endif

namespace auth {

namespace {

#if (NGX_SSL || NGX_COMPAT)
/// Null in an nginx without TLS.
[[maybe_unused]] const ngx_http_ssl_srv_conf_t*
tls_conf_of(const ngx_cycle_t* cycle,
            const ngx_http_core_srv_conf_t& server) noexcept
{
    // By its name, because the symbol is missing in an nginx without the
    // module.
    const ngx_module_t* tls = find_module(cycle, "ngx_http_ssl_module");
    if (tls == nullptr) {
        return nullptr;
    }
    return static_cast<const ngx_http_ssl_srv_conf_t*>(
        server.ctx->srv_conf[tls->ctx_index]);
}
#endif

/// Whether a module works out a variable's value from other values, and nginx
/// then keeps it for the rest of the request. These are the variables of map,
/// geo, split_clients, TLS and scripts, which have what they need in `data`.
/// Variables that get a value by `set` or by a regular expression have their
/// own index there, or nothing: their values must stay.
bool is_worked_out(const ngx_http_variable_t& variable,
                   ngx_uint_t index) noexcept
{
    return (variable.flags & NGX_HTTP_VAR_CHANGEABLE) != 0 &&
           variable.data != 0 && variable.data != index;
}

/// Gives a request other values of its variables while this exists.
class borrowed_values
{
public:
    borrowed_values(ngx_http_request_t* r, ngx_http_variable_value_t* values)
        : r_(r), own_(r->variables)
    {
        r_->variables = values;
    }
    ~borrowed_values() { r_->variables = own_; }
    borrowed_values(const borrowed_values&) = delete;
    borrowed_values& operator=(const borrowed_values&) = delete;

private:
    ngx_http_request_t* r_;
    ngx_http_variable_value_t* own_;
};

} // namespace

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

void finish_after_thread(ngx_http_request_t* r) noexcept
{
    ngx_connection_t* c = r->connection;
#if nginx_version >= 1025004
    c->write->handler(c->write);
#else
    r->write_event_handler(r);
    ngx_http_run_posted_requests(c);
#endif
}

void close_as_if_client_left(ngx_http_request_t* r) noexcept
{
    ngx_connection_t* c = r->connection;
#if (NGX_HTTP_V2)
    // nginx leaves the RST_STREAM in the connection's queue while the
    // connection has other streams, until one of them sends.
    ngx_event_t* shared = r->stream != nullptr
                              ? r->stream->connection->connection->write
                              : nullptr;
#endif
    const auto* core = static_cast<ngx_http_core_loc_conf_t*>(
        ngx_http_get_module_loc_conf(r->main, ngx_http_core_module));
    // The termination calls the cleanup of an upstream, which gives up the
    // upstream's hold of the request. If there were no other one, the request
    // would end there, inside of its termination. Later the termination sets
    // the count, whatever it is.
    ++r->main->count;
    // 499 would run a post_action, beside the upstream. 444 does not, and means
    // a connection that has timed out.
    ngx_http_finalize_request(r->main, core->post_action.data == nullptr
                                           ? NGX_HTTP_CLIENT_CLOSED_REQUEST
                                           : NGX_HTTP_CLOSE);
    ngx_http_run_posted_requests(c);
#if (NGX_HTTP_V2)
    if (shared != nullptr) {
        ngx_post_event(shared, &ngx_posted_events);
    }
#endif
}

const ngx_http_listen_opt_t*
find_listener(const ngx_http_core_main_conf_t& core,
              const ngx_http_core_srv_conf_t& server,
              bool (*is_it)(const ngx_http_listen_opt_t&) noexcept) noexcept
{
    const auto has_server = [&server](const ngx_http_conf_addr_t& listener) {
        auto** servers =
            static_cast<ngx_http_core_srv_conf_t**>(listener.servers.elts);
        return std::find(servers, servers + listener.servers.nelts, &server) !=
               servers + listener.servers.nelts;
    };
    if (core.ports == nullptr) {
        return nullptr;
    }
    const auto* ports =
        static_cast<const ngx_http_conf_port_t*>(core.ports->elts);
    for (ngx_uint_t i = 0; i < core.ports->nelts; ++i) {
        const auto* listeners =
            static_cast<const ngx_http_conf_addr_t*>(ports[i].addrs.elts);
        for (ngx_uint_t j = 0; j < ports[i].addrs.nelts; ++j) {
            if (is_it(listeners[j].opt) && has_server(listeners[j])) {
                return &listeners[j].opt;
            }
        }
    }
    return nullptr;
}

bool is_all_tls(
    [[maybe_unused]] const ngx_cycle_t* cycle,
    [[maybe_unused]] const ngx_http_core_srv_conf_t& server) noexcept
{
#if (NGX_SSL || NGX_COMPAT) && nginx_version < 1025001
    const ngx_http_ssl_srv_conf_t* conf = tls_conf_of(cycle, server);
    return conf != nullptr && conf->enable == 1;
#else
    return false;
#endif
}

void cleanse_plaintext(
    [[maybe_unused]] const ngx_cycle_t* cycle,
    [[maybe_unused]] const ngx_http_core_srv_conf_t& server) noexcept
{
#if (NGX_SSL || NGX_COMPAT) && defined(SSL_OP_CLEANSE_PLAINTEXT)
    const ngx_http_ssl_srv_conf_t* conf = tls_conf_of(cycle, server);
    if (conf != nullptr && conf->ssl.ctx != nullptr) {
        SSL_CTX_set_options(conf->ssl.ctx, SSL_OP_CLEANSE_PLAINTEXT);
    }
#endif
}

ngx_thread_pool_t* declare_thread_pool(ngx_conf_t* cf, std::string_view name,
                                       ngx_uint_t threads)
{
    ngx_str_t words[] = {borrow("thread_pool"), copy(cf->pool, name),
                         copy(cf->pool, "threads=" + std::to_string(threads))};
    ngx_array_t arguments{};
    arguments.elts = words;
    arguments.nelts = std::size(words);
    ngx_conf_t written = *cf;
    written.args = &arguments;

    // By its name, because the symbol is missing in an nginx without threads.
    const ngx_module_t* module =
        find_module(cf->cycle, "ngx_thread_pool_module");
    ngx_command_t* directive = module == nullptr ? nullptr : module->commands;
    // The handler finds its configuration itself.
    if (directive == nullptr || view(directive->name) != "thread_pool" ||
        directive->set(&written, directive, nullptr) != NGX_CONF_OK) {
        throw configuration_error("nginx refuses the thread pool " +
                                  in_quotes(name) +
                                  " of this module, leave that name to it");
    }
    return ngx_thread_pool_add(cf, &words[1]); // the same pool
}

namespace {

/// The beginning of nginx's ngx_thread_pool_t.
struct pool_beginning {
    ngx_thread_mutex_t mutex;
    ngx_thread_task_t* first;
    ngx_thread_task_t** last;
    ngx_int_t waiting;
    ngx_thread_cond_t condition;
    ngx_log_t* log;
    ngx_str_t name;
    ngx_uint_t threads;
};

/// nginx's ngx_thread_pool_conf_t.
struct pools_configuration {
    ngx_array_t pools; // of pointers
};

} // namespace

ngx_uint_t threads_of_worker(const ngx_cycle_t* cycle) noexcept
{
    const ngx_module_t* module = find_module(cycle, "ngx_thread_pool_module");
    if (module == nullptr) {
        return 0;
    }
    const auto* conf = reinterpret_cast<const pools_configuration*>(
        cycle->conf_ctx[module->index]);
    auto** pools = static_cast<pool_beginning**>(conf->pools.elts);
    return std::accumulate(pools, pools + conf->pools.nelts, ngx_uint_t{0},
                           [](ngx_uint_t sum, const pool_beginning* pool) {
                               return sum + pool->threads;
                           });
}

bool is_defined_variable(const ngx_http_core_main_conf_t& core,
                         std::string_view name)
{
    const auto* keys =
        static_cast<const ngx_hash_key_t*>(core.variables_keys->keys.elts);
    const auto* families =
        static_cast<const ngx_http_variable_t*>(core.prefix_variables.elts);
    return std::any_of(keys, keys + core.variables_keys->keys.nelts,
                       [&](const ngx_hash_key_t& key) {
                           const auto* variable =
                               static_cast<ngx_http_variable_t*>(key.value);
                           return view(key.key) == name &&
                                  variable->get_handler != nullptr;
                       }) ||
           std::any_of(families, families + core.prefix_variables.nelts,
                       [&](const ngx_http_variable_t& family) {
                           return name.substr(0, family.name.len) ==
                                  view(family.name);
                       });
}

ngx_http_get_variable_pt
replace_variable(const ngx_http_core_main_conf_t& core, std::string_view name,
                 ngx_http_get_variable_pt handler) noexcept
{
    auto* keys = static_cast<ngx_hash_key_t*>(core.variables_keys->keys.elts);
    for (ngx_uint_t i = 0; i < core.variables_keys->keys.nelts; ++i) {
        if (view(keys[i].key) == name) {
            auto* variable = static_cast<ngx_http_variable_t*>(keys[i].value);
            variable->flags |= NGX_HTTP_VAR_NOCACHEABLE;
            return std::exchange(variable->get_handler, handler);
        }
    }
    return nullptr;
}

const ngx_http_variable_value_t* fresh_value(ngx_http_request_t* r,
                                             ngx_uint_t index)
{
    const auto& core = *static_cast<ngx_http_core_main_conf_t*>(
        ngx_http_get_module_main_conf(r, ngx_http_core_module));
    const auto* known =
        static_cast<const ngx_http_variable_t*>(core.variables.elts);
    auto* values = static_cast<ngx_http_variable_value_t*>(ngx_pcalloc(
        r->pool, core.variables.nelts * sizeof(ngx_http_variable_value_t)));
    if (values == nullptr) {
        throw std::bad_alloc();
    }
    for (ngx_uint_t i = 0; i < core.variables.nelts; ++i) {
        if (!is_worked_out(known[i], i)) {
            values[i] = r->variables[i];
        }
    }
    const borrowed_values now(r, values);
    return ngx_http_get_flushed_variable(r, index);
}

bool has_auth_basic(ngx_http_request_t* r, ngx_uint_t index) noexcept
{
    if (index == NGX_CONF_UNSET_UINT) {
        return false;
    }
    auto* value = *static_cast<ngx_http_complex_value_t**>(r->loc_conf[index]);
    ngx_str_t realm;
    return value != nullptr &&
           ngx_http_complex_value(r, value, &realm) == NGX_OK &&
           view(realm) != "off";
}

} // namespace auth
