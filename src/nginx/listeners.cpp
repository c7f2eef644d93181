#include "nginx/listeners.h"

#include "nginx/configuration.h"

#include <algorithm>

namespace auth {

namespace {

bool limits_attempts(ngx_http_core_srv_conf_t* server)
{
    const auto* conf = static_cast<server_configuration*>(
        server->ctx->srv_conf[ngx_http_auth_module.ctx_index]);
    return std::any_of(conf->realms.begin(), conf->realms.end(),
                       [](const server_realm* here) {
                           return here->of->attempts_made != nullptr;
                       });
}

void warn_of_unix_socket(ngx_conf_t* cf, const ngx_http_conf_addr_t& listener)
{
    auto** servers =
        static_cast<ngx_http_core_srv_conf_t**>(listener.servers.elts);
    for (ngx_uint_t i = 0; i < listener.servers.nelts; ++i) {
        if (limits_attempts(servers[i])) {
            ngx_log_error(
                NGX_LOG_WARN, cf->log, 0,
                "auth: clients of %V have no address unless a proxy there "
                "tells it (\"set_real_ip_from unix:;\"): without one "
                "\"login_limit\" counts them together and "
                "\"registration_limit\" not at all, in %s:%ui",
                &listener.opt.addr_text, servers[i]->file_name,
                servers[i]->line);
        }
    }
}

} // namespace

void warn_of_listeners(ngx_conf_t* cf)
{
    auto* core = static_cast<ngx_http_core_main_conf_t*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
    if (core->ports == nullptr) {
        return;
    }
    auto* ports = static_cast<ngx_http_conf_port_t*>(core->ports->elts);
    for (ngx_uint_t i = 0; i < core->ports->nelts; ++i) {
        auto* addresses =
            static_cast<ngx_http_conf_addr_t*>(ports[i].addrs.elts);
        for (ngx_uint_t j = 0; j < ports[i].addrs.nelts; ++j) {
            if (ports[i].family == AF_UNIX) {
                warn_of_unix_socket(cf, addresses[j]);
            }
        }
    }
}

} // namespace auth
