#pragma once

// What the setters of directives share: the directive that nginx is reading,
// and mistakes as exceptions that end as one line with file and line number.

#include "nginx/configuration_error.h"
#include "nginx/ngx.h"

#include "settings/directive.h"

#include <string>
#include <string_view>

namespace auth {

/// A directive that nginx is reading, with nginx as its surroundings.
class nginx_directive final : private surroundings, public directive
{
public:
    explicit nginx_directive(ngx_conf_t* cf);

    ngx_conf_t* cf() const noexcept { return cf_; }
    ngx_str_t& text(std::size_t i) const noexcept
    {
        return static_cast<ngx_str_t*>(cf_->args->elts)[i];
    }

private:
    std::string full_path(std::string_view path,
                          base_folder base) const override;
    wiped_string file(std::string_view path) const override;
    /// It is kept for the next binary, too: at an upgrade the new master gets
    /// only what `env` names.
    wiped_string variable(std::string_view name) const override;
    void warn(const std::string& text) const override;

    ngx_conf_t* cf_;
};

struct realm_reference;

/// The realm that a directive being read names; without a name the only one.
realm_reference refer_to_realm(const nginx_directive& written,
                               std::string_view name);

/// Runs `action`; a mistake that it finds is logged as nginx logs them, with
/// its file and line. Returns what a setter returns.
char* log_configuration_error(ngx_conf_t* cf,
                              const std::exception& error) noexcept;
template <class Action>
char* reporting_mistakes(ngx_conf_t* cf, Action&& action) noexcept
{
    try {
        action();
        return NGX_CONF_OK;
    } catch (const std::exception& error) {
        return log_configuration_error(cf, error);
    }
}

} // namespace auth
