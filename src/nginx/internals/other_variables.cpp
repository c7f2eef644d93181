#include "nginx/internals/other_variables.h"

#include <algorithm>
#include <utility>

namespace auth {

namespace {

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
