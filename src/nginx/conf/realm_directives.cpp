#include "nginx/conf/realm_directives.h"

#include "nginx/conf/audit_directive.h"
#include "nginx/conf/configuration_hooks.h"
#include "nginx/conf/directive.h"

#include "settings/realm_directives.h"

namespace auth {

namespace {

ngx_uint_t type_of(arguments words) noexcept
{
    switch (words) {
    case arguments::one:
        return NGX_CONF_TAKE1;
    case arguments::one_or_two:
        return NGX_CONF_TAKE12;
    case arguments::one_or_more:
        break;
    }
    return NGX_CONF_1MORE;
}

/// What nginx has to be told at once: it names the line that is being read
/// when there is no such thing.
void tell_nginx(const nginx_directive& written, realm& to)
{
    if (written.name() == "thread_pool") {
        to.threads = ngx_thread_pool_add(written.cf(), &written.text(1));
        if (to.threads == nullptr) {
            throw std::bad_alloc();
        }
    } else if (written.name() == "audit_log" && !to.audit_log_file.empty()) {
        to.audit_log = open_audit_file(written.cf(), to.audit_log_file);
    }
}

char* set_in_realm(ngx_conf_t* cf, ngx_command_t*, void* conf) noexcept
{
    return reporting_mistakes(cf, [&] {
        const nginx_directive written(cf);
        auto& to = *static_cast<realm*>(conf);
        read_directive(written, to);
        to.positions.emplace(written.name(), position_of(cf));
        tell_nginx(written, to);
    });
}

} // namespace

void add_realm_commands(std::vector<ngx_command_t>& commands)
{
    for (const realm_directive& known : realm_directives()) {
        commands.push_back(
            {borrow(known.name), auth_realm_context | type_of(known.takes),
             set_in_realm, NGX_HTTP_LOC_CONF_OFFSET, 0, nullptr});
    }
}

} // namespace auth
