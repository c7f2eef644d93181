// auth_realm and auth_page: what stands outside a realm's block, with
// auth_login, which has a file of its own.

#include "nginx/conf/configuration_hooks.h"
#include "nginx/conf/directive.h"
#include "nginx/conf/realm_completion.h"
#include "nginx/configuration.h"
#include "nginx/pages/page_handler.h"

#include "base/quote.h"

#include <algorithm>

namespace auth {

namespace {

bool is_realm_name(std::string_view name) noexcept
{
    return !name.empty() && name.size() <= 64 && name != "on" &&
           name != "off" && name != "optional" &&
           std::all_of(name.begin(), name.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 || c == '_' || c == '-';
           });
}

/// The page that `auth_page` names.
const page_row& find_page(const directive& written, std::string_view name)
{
    std::string names;
    std::string_view last;
    for (const page_row& row : page_table) {
        if (row.name.empty()) {
            continue;
        }
        if (row.name == name) {
            return row;
        }
        if (!last.empty()) {
            names += (names.empty() ? "" : ", ") + in_quotes(last);
        }
        last = row.name;
    }
    written.refuse(name, "a page: " + names + " or " + in_quotes(last));
}

/// Reads a realm's block. nginx parses it with a context of its own, in which
/// it knows only the directives of the block.
char* read_block(ngx_conf_t* cf, realm& block)
{
    const auto* outer = static_cast<ngx_http_conf_ctx_t*>(cf->ctx);
    ngx_http_conf_ctx_t inner = *outer;
    inner.loc_conf = static_cast<void**>(
        ngx_pcalloc(cf->pool, ngx_http_max_module * sizeof(void*)));
    if (inner.loc_conf == nullptr) {
        throw std::bad_alloc();
    }
    inner.loc_conf[ngx_http_auth_module.ctx_index] = &block;

    const ngx_conf_t saved = *cf;
    cf->ctx = &inner;
    cf->cmd_type = auth_realm_context;
    char* result = ngx_conf_parse(cf, nullptr);
    *cf = saved;
    return result;
}

} // namespace

char* set_auth_realm(ngx_conf_t* cf, ngx_command_t*, void* conf) noexcept
{
    try {
        const nginx_directive written(cf);
        auto& all = *static_cast<main_configuration*>(conf);
        if (!is_realm_name(written[1])) {
            written.refuse(written[1], "letters, digits, _ and -, and not "
                                       "\"on\", \"off\" or \"optional\"");
        }
        if (all.find(written[1]) != nullptr) {
            throw configuration_error("auth_realm " + in_quotes(written[1]) +
                                      " is declared twice, give one of them "
                                      "another name");
        }
        auto* declared = pool_new<realm>(cf->pool);
        declared->name = written.text(1);
        declared->position = position_of(cf);
        all.realms.push_back(declared);
        if (char* result = read_block(cf, *declared); result != NGX_CONF_OK) {
            return result;
        }
        complete_realm(cf, *declared);
        return NGX_CONF_OK;
    } catch (const std::exception& error) {
        return log_configuration_error(cf, error);
    }
}

char* set_auth_page(ngx_conf_t* cf, ngx_command_t*, void* conf) noexcept
{
    return reporting_mistakes(cf, [&] {
        const nginx_directive written(cf);
        auto& here = *static_cast<location_configuration*>(conf);
        auto* core = static_cast<ngx_http_core_loc_conf_t*>(
            ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module));
        if (here.has_page) {
            throw configuration_error(
                "\"auth_page\" directive is duplicate, a location serves one "
                "page");
        }
        if (core->handler != nullptr) {
            throw configuration_error(
                "\"auth_page\" in a location that another directive (such as "
                "proxy_pass) serves already, use a location of its own");
        }
        here.page = find_page(written, written[written.size() - 1]).which;
        here.has_page = true;
        here.page_written = pool_new<realm_reference>(
            cf->pool,
            refer_to_realm(written, written.size() == 3 ? written[1] : ""));
        core->handler = handle_page;

        auto& server = *static_cast<server_configuration*>(
            ngx_http_conf_get_module_srv_conf(cf, ngx_http_auth_module));
        const bool is_regex =
#if (NGX_PCRE)
            core->regex != nullptr;
#else
            false;
#endif
        server.pages.push_back({*here.page_written, here.page, core->name,
                                core->exact_match != 0,
                                !is_regex && !core->named});
    });
}

} // namespace auth
