#include "nginx/protect/login_exception.h"

#include "nginx/conf/directive.h"
#include "nginx/configuration.h"

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

/// Whether nginx will know the variable: by its name, or as one of a family
/// such as `$http_…`.
bool is_known(const ngx_http_core_main_conf_t& core, std::string_view name)
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
                           return starts_with(name, view(family.name));
                       });
}

/// Whether a variable's value is worked out by its module from others, and
/// then kept by nginx for the rest of the request: those of map, geo,
/// split_clients, TLS and scripts, which have something to work with in their
/// `data`. In those that are given a value, by `set` or by a regular
/// expression, it is their own index, or nothing: their values must stay.
bool is_worked_out(const ngx_http_variable_t& variable,
                   ngx_uint_t index) noexcept
{
    return (variable.flags & NGX_HTTP_VAR_CHANGEABLE) != 0 &&
           variable.data != 0 && variable.data != index;
}

/// Gives a request other values of its variables for a while.
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

ngx_uint_t add_unless_variable(const directive& written, std::string_view value,
                               main_configuration& all)
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
    for (const unless_variable& one : all.unless) {
        if (!is_known(core, view(one.name))) {
            throw configuration_error(
                "\"auth_login\" has \"unless=\" with the unknown variable " +
                    quoted("$" + std::string(view(one.name))) +
                    ", define it by geo, map or set",
                one.position);
        }
    }
}

bool is_exempt(ngx_http_request_t* r, ngx_uint_t index)
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
    const ngx_http_variable_value_t* value =
        ngx_http_get_flushed_variable(r, index);
    return value != nullptr && !value->not_found && value->len == 1 &&
           value->data[0] == '1';
}

} // namespace auth
