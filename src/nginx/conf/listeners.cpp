#include "nginx/conf/listeners.h"

#include "nginx/configuration.h"
#include "nginx/internals/tls.h"

namespace auth {

namespace {

bool is_loopback_v4(const u_char* address) noexcept
{
    return address[0] == 127;
}

/// Whether only this machine can connect to the address.
bool is_local(const sockaddr* address) noexcept
{
    if (address->sa_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
        return is_loopback_v4(
            reinterpret_cast<const u_char*>(&v4->sin_addr.s_addr));
    }
#if (NGX_HAVE_INET6)
    if (address->sa_family == AF_INET6) {
        const in6_addr& v6 =
            reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
        return IN6_IS_ADDR_LOOPBACK(&v6) ||
               (IN6_IS_ADDR_V4MAPPED(&v6) && is_loopback_v4(v6.s6_addr + 12));
    }
#endif
    return address->sa_family == AF_UNIX;
}

bool is_open_and_plain(const ngx_http_listen_opt_t& listener) noexcept
{
    return !has_tls(listener) && !is_local(listener.sockaddr);
}

bool is_unix_socket(const ngx_http_listen_opt_t& listener) noexcept
{
    return listener.sockaddr->sa_family == AF_UNIX;
}

constexpr const char* plain_http =
    "auth: realm \"%V\": on the listener %V there is no TLS, so the "
    "cookies made there are not Secure and whoever is on the way can take "
    "them: add \"ssl\" to this \"listen\"; or write \"cookie_secure on;\" "
    "in the realm if something in front of nginx speaks TLS, "
    "\"cookie_secure off;\" if this is only a test; in %s:%ui";
constexpr const char* insecure_cookies =
    "auth: realm \"%V\": with \"cookie_secure off;\" the cookies "
    "made on the listener %V are not Secure although it has TLS, "
    "and browsers send them without TLS, too: leave it out; in %s:%ui";
constexpr const char* unix_socket_clients =
    "auth: realm \"%V\": clients of %V have no address unless a "
    "proxy there tells it (\"set_real_ip_from unix:;\"): without "
    "one \"login_limit\" counts them together and "
    "\"registration_limit\" not at all, in %s:%ui";

/// `what` is one of the functions above.
void warn(ngx_conf_t* cf, const char* what, const realm& owner,
          const ngx_http_listen_opt_t& listener,
          const ngx_http_core_srv_conf_t& server) noexcept
{
    ngx_log_error(NGX_LOG_WARN, cf->log, 0, what, &owner.name,
                  &listener.addr_text, server.file_name, server.line);
}

void warn_of_server(ngx_conf_t* cf, const ngx_http_core_main_conf_t& core,
                    const ngx_http_core_srv_conf_t& server) noexcept
{
    const auto& ours = *static_cast<server_configuration*>(
        server.ctx->srv_conf[ngx_http_auth_module.ctx_index]);
    if (ours.realms.empty()) {
        return;
    }
    const ngx_http_listen_opt_t* plain =
        is_all_tls(cf->cycle, server)
            ? nullptr
            : find_listener(core, server, is_open_and_plain);
    const ngx_http_listen_opt_t* unix_socket =
        find_listener(core, server, is_unix_socket);
    const ngx_http_listen_opt_t* tls = find_listener(core, server, has_tls);
    for (const server_realm* entry : ours.realms) {
        const realm& owner = *entry->owner;
        if (tls != nullptr && owner.cookie_secure == cookie_secure_mode::off) {
            warn(cf, insecure_cookies, owner, *tls, server);
        }
        if (plain != nullptr &&
            owner.cookie_secure == cookie_secure_mode::automatic) {
            warn(cf, plain_http, owner, *plain, server);
        }
        if (unix_socket != nullptr && owner.attempts_made != nullptr) {
            warn(cf, unix_socket_clients, owner, *unix_socket, server);
        }
    }
}

} // namespace

void warn_of_listeners(ngx_conf_t* cf,
                       const ngx_http_core_main_conf_t& core) noexcept
{
    auto** servers = static_cast<ngx_http_core_srv_conf_t**>(core.servers.elts);
    for (ngx_uint_t i = 0; i < core.servers.nelts; ++i) {
        warn_of_server(cf, core, *servers[i]);
    }
}

} // namespace auth
