#include "nginx/conf/directive.h"

#include "nginx/configuration.h"

#include "base/quote.h"
#include "base/regular_file.h"

#include <cstdlib>

namespace auth {

namespace {

std::vector<std::string_view> words_of(const ngx_conf_t* cf)
{
    std::vector<std::string_view> words;
    const auto* arguments = static_cast<const ngx_str_t*>(cf->args->elts);
    for (ngx_uint_t i = 0; i < cf->args->nelts; ++i) {
        words.push_back(view(arguments[i]));
    }
    return words;
}

} // namespace

nginx_directive::nginx_directive(ngx_conf_t* cf)
    : directive(words_of(cf), static_cast<const surroundings&>(*this)), cf_(cf)
{}

std::string nginx_directive::full_path(std::string_view path,
                                       base_folder base) const
{
    ngx_str_t full = copy(cf_->pool, path);
    if (ngx_conf_full_name(cf_->cycle, &full,
                           base == base_folder::configuration ? 1 : 0) !=
        NGX_OK) {
        throw std::bad_alloc();
    }
    return std::string(view(full));
}

wiped_string nginx_directive::file(std::string_view path) const
{
    if (path.empty()) {
        throw configuration_error(in_quotes(name()) +
                                  " directive has \"file:\" without a path");
    }
    const std::string full = full_path(path, base_folder::configuration);
    wiped_string text;
    if (const int error = read_regular_file(full, largest_setting_file, text)) {
        throw configuration_error(
            "cannot read " + in_quotes(full) + " for the " + in_quotes(name()) +
            " directive (" + describe_file_error(error, largest_setting_file) +
            "), make it a file that the user who starts nginx may read");
    }
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
        text.pop_back();
    }
    return text;
}

wiped_string nginx_directive::variable(std::string_view name) const
{
    const ngx_str_t kept = copy(cf_->cycle->pool, name);
    const char* value = std::getenv(reinterpret_cast<char*>(kept.data));
    if (value == nullptr || *value == '\0') {
        throw configuration_error(
            "environment variable " + in_quotes(name) + " named in the " +
            in_quotes(directive::name()) +
            " directive is not set, set it where nginx is started");
    }
    auto* core = reinterpret_cast<ngx_core_conf_t*>(
        ngx_get_conf(cf_->cycle->conf_ctx, ngx_core_module));
    auto* entry = static_cast<ngx_str_t*>(ngx_array_push(&core->env));
    if (entry == nullptr) {
        throw std::bad_alloc();
    }
    *entry = kept;
    return value;
}

void nginx_directive::warn(const std::string& text) const
{
    ngx_conf_log_error(NGX_LOG_WARN, cf_, 0, "auth: %s", text.c_str());
}

char* log_configuration_error(ngx_conf_t* cf,
                              const std::exception& error) noexcept
{
    const auto* mistake = dynamic_cast<const configuration_error*>(&error);
    if (mistake != nullptr && mistake->at()) {
        const source_position& at = *mistake->at();
        ngx_log_error(NGX_LOG_EMERG, cf->log, 0, "auth: %s in %V:%ui",
                      error.what(), &at.file, at.line);
    } else {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "auth: %s", error.what());
    }
    return static_cast<char*>(NGX_CONF_ERROR);
}

realm_reference refer_to_realm(const nginx_directive& written,
                               std::string_view name)
{
    return {copy(written.cf()->pool, name),
            copy(written.cf()->pool, written.name()),
            position_of(written.cf())};
}

} // namespace auth
