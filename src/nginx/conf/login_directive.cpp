// auth_login: from words to a login_directive.

#include "nginx/conf/configuration_hooks.h"
#include "nginx/conf/directive.h"
#include "nginx/conf/unless_variables.h"
#include "nginx/configuration.h"

#include "base/text.h"

#include <algorithm>

namespace auth {

namespace {

/// The parts of `a,b,c`.
std::vector<std::string_view> list_of(const nginx_directive& written,
                                      std::string_view argument,
                                      std::string_view list)
{
    std::vector<std::string_view> parts = split(list, ",");
    if (std::find(parts.begin(), parts.end(), "") != parts.end()) {
        written.refuse(argument, "a list without empty parts such as "
                                 "\"users=alice,bob\"");
    }
    return parts;
}

void read_parameter(const nginx_directive& written, std::string_view argument,
                    login_directive& to)
{
    std::string_view value;
    if (argument == "optional") {
        to.rule = login_rule::optional;
    } else if (parameter(argument, "users", value) && to.users.empty()) {
        to.users = list_of(written, argument, value);
    } else if (parameter(argument, "roles", value) && to.roles.empty()) {
        to.roles = list_of(written, argument, value);
    } else if (parameter(argument, "unless", value) && !to.unless) {
        to.unless =
            add_unless_variable(written, value, main_conf_of(written.cf()));
    } else {
        written.refuse(argument, "\"optional\", \"users=NAME,…\", "
                                 "\"roles=NAME,…\" or \"unless=$NAME\", once");
    }
}

/// Refuses parameters that contradict each other.
void check_together(const login_directive& login)
{
    if (login.rule != login_rule::optional) {
        return;
    }
    if (!login.users.empty() || !login.roles.empty()) {
        throw configuration_error(
            "\"auth_login\" has \"optional\" as well as users or roles, "
            "leave one of them out");
    }
    if (login.unless) {
        throw configuration_error(
            "\"auth_login\" has \"optional\" as well as \"unless=\", which "
            "makes it optional at times: leave one of them out");
    }
}

login_directive read_login(const nginx_directive& written)
{
    const std::string_view first = written[1];
    if (first == "optional") {
        written.refuse(first, "a realm or \"on\" first: "
                              "\"auth_login on optional;\"");
    }
    login_directive login;
    login.rule = first == "off" ? login_rule::off : login_rule::required;
    login.realm = refer_to_realm(written, first == "on" ? "" : first);
    if (login.rule == login_rule::off && written.size() > 2) {
        written.refuse(written[2], "absent after \"off\"");
    }
    for (std::size_t i = 2; i < written.size(); ++i) {
        read_parameter(written, written[i], login);
    }
    check_together(login);
    return login;
}

} // namespace

char* set_auth_login(ngx_conf_t* cf, ngx_command_t*, void* conf) noexcept
{
    return reporting_mistakes(cf, [&] {
        auto& here = *static_cast<location_configuration*>(conf);
        if (here.login_is_own) {
            throw configuration_error("\"auth_login\" directive is duplicate");
        }
        here.login_written = pool_new<login_directive>(
            cf->pool, read_login(nginx_directive(cf)));
        here.login_is_own = 1;
    });
}

} // namespace auth
