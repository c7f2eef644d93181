#include "nginx/internals/tls.h"

#include <algorithm>

#if (NGX_SSL || NGX_COMPAT)
extern "C" {
#include <ngx_event_openssl.h>
#include <ngx_http_ssl_module.h>
}
#endif

namespace auth {

#if (NGX_SSL || NGX_COMPAT)
namespace {

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

} // namespace
#endif

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

} // namespace auth
