#include "nginx/conf/tls.h"

#if (NGX_SSL || NGX_COMPAT)

extern "C" {
#include <ngx_event_openssl.h>
#include <ngx_http_ssl_module.h>
}

namespace auth {

namespace {

/// Null in an nginx without TLS.
const ngx_http_ssl_srv_conf_t*
tls_conf_of(const ngx_cycle_t* cycle,
            const ngx_http_core_srv_conf_t& server) noexcept
{
    // By its name: the symbol is there only in an nginx that has the module.
    const ngx_module_t* tls = find_module(cycle, "ngx_http_ssl_module");
    if (tls == nullptr) {
        return nullptr;
    }
    return static_cast<const ngx_http_ssl_srv_conf_t*>(
        server.ctx->srv_conf[tls->ctx_index]);
}

} // namespace

bool is_all_tls(
    [[maybe_unused]] const ngx_cycle_t* cycle,
    [[maybe_unused]] const ngx_http_core_srv_conf_t& server) noexcept
{
#if nginx_version < 1025001
    const ngx_http_ssl_srv_conf_t* conf = tls_conf_of(cycle, server);
    return conf != nullptr && conf->enable == 1;
#else
    return false;
#endif
}

void cleanse_plaintext(const ngx_cycle_t* cycle,
                       const ngx_http_core_srv_conf_t& server) noexcept
{
#ifdef SSL_OP_CLEANSE_PLAINTEXT
    const ngx_http_ssl_srv_conf_t* conf = tls_conf_of(cycle, server);
    if (conf != nullptr && conf->ssl.ctx != nullptr) {
        SSL_CTX_set_options(conf->ssl.ctx, SSL_OP_CLEANSE_PLAINTEXT);
    }
#else
    (void)cycle;
    (void)server;
#endif
}

} // namespace auth

#else

namespace auth {

bool is_all_tls(const ngx_cycle_t* /*cycle*/,
                const ngx_http_core_srv_conf_t& /*server*/) noexcept
{
    return false;
}

void cleanse_plaintext(const ngx_cycle_t* /*cycle*/,
                       const ngx_http_core_srv_conf_t& /*server*/) noexcept
{}

} // namespace auth

#endif
