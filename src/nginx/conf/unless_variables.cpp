#include "nginx/conf/unless_variables.h"

#include "nginx/configuration.h"
#include "nginx/internals/other_variables.h"

#include "base/quote.h"

#include <algorithm>
#include <cctype>

namespace auth {

namespace {

bool is_variable(std::string_view text) noexcept
{
    return text.size() > 1 && text[0] == '$' &&
           std::all_of(text.begin() + 1, text.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '_';
           });
}

} // namespace

ngx_uint_t add_unless_variable(const nginx_directive& written,
                               std::string_view value, main_configuration& all)
{
    if (!is_variable(value)) {
        written.refuse(value, "a variable: \"unless=$NAME\"");
    }
    ngx_str_t name = copy(written.cf()->pool, value.substr(1));
    ngx_strlow(name.data, name.data, name.len); // as nginx keeps them
    const ngx_int_t index = ngx_http_get_variable_index(written.cf(), &name);
    if (index == NGX_ERROR) {
        throw std::bad_alloc();
    }
    all.unless.push_back({name, position_of(written.cf())});
    return static_cast<ngx_uint_t>(index);
}

void check_unless_variables(ngx_conf_t* cf, const main_configuration& all)
{
    const auto& core = *static_cast<ngx_http_core_main_conf_t*>(
        ngx_http_conf_get_module_main_conf(cf, ngx_http_core_module));
    for (const unless_variable& used : all.unless) {
        if (!is_defined_variable(core, view(used.name))) {
            throw configuration_error(
                "\"auth_login\" has \"unless=\" with the unknown variable " +
                    in_quotes("$" + std::string(view(used.name))) +
                    ", define it by geo, map or set",
                used.position);
        }
    }
}

} // namespace auth
