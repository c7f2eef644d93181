#include "nginx/conf/directive.h"

#include "nginx/configuration.h"

#include "base/regular_file.h"

namespace auth {

void directive::refuse(std::string_view value, std::string_view expected) const
{
    throw configuration_error("invalid value " + quoted(value) + " in " +
                              quoted(name()) + " directive, it must be " +
                              std::string(expected));
}

std::uint64_t directive::number(std::string_view value, std::uint64_t least,
                                std::uint64_t most) const
{
    ngx_str_t text = borrow(value);
    const ngx_int_t parsed = ngx_atoi(text.data, text.len);
    if (parsed == NGX_ERROR || static_cast<std::uint64_t>(parsed) < least ||
        static_cast<std::uint64_t>(parsed) > most) {
        refuse(value, "a number from " + std::to_string(least) + " to " +
                          std::to_string(most));
    }
    return static_cast<std::uint64_t>(parsed);
}

std::size_t directive::size_in_bytes(std::string_view value) const
{
    ngx_str_t text = borrow(value);
    const ssize_t parsed = ngx_parse_size(&text);
    if (parsed == NGX_ERROR) {
        refuse(value, "a size such as 512k or 10m");
    }
    return static_cast<std::size_t>(parsed);
}

std::uint64_t directive::milliseconds(std::string_view value) const
{
    ngx_str_t text = borrow(value);
    const ngx_int_t parsed = ngx_parse_time(&text, 0);
    if (parsed == NGX_ERROR || parsed == 0) {
        refuse(value, "a time over zero such as 30m or 12h");
    }
    return static_cast<std::uint64_t>(parsed);
}

bool parameter(std::string_view argument, std::string_view key,
               std::string_view& value) noexcept
{
    if (argument.size() <= key.size() ||
        argument.compare(0, key.size(), key) != 0 ||
        argument[key.size()] != '=') {
        return false;
    }
    value = argument.substr(key.size() + 1);
    return true;
}

wiped_string read_small_file(const directive& from, std::string_view path)
{
    ngx_str_t full = copy(from.cf()->pool, path);
    if (path.empty() ||
        ngx_conf_full_name(from.cf()->cycle, &full, 1) != NGX_OK) {
        throw configuration_error(quoted(from.name()) +
                                  " directive has \"file:\" without a path");
    }
    const std::string named(view(full));
    constexpr std::size_t largest = 65536;
    wiped_string text;
    if (const int error = read_regular_file(named, largest, text)) {
        throw configuration_error(
            "cannot read " + quoted(named) + " for the " + quoted(from.name()) +
            " directive (" + describe_file_error(error, largest) +
            "), make it a file that the user who starts nginx may read");
    }
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
        text.pop_back();
    }
    return text;
}

namespace {

wiped_string read_environment(const directive& from, std::string_view name)
{
    const ngx_str_t kept = copy(from.cf()->cycle->pool, name);
    const char* value = std::getenv(reinterpret_cast<char*>(kept.data));
    if (value == nullptr || *value == '\0') {
        throw configuration_error(
            "environment variable " + quoted(name) + " named in the " +
            quoted(from.name()) +
            " directive is not set, set it where nginx is started");
    }
    auto* core = reinterpret_cast<ngx_core_conf_t*>(
        ngx_get_conf(from.cf()->cycle->conf_ctx, ngx_core_module));
    auto* entry = static_cast<ngx_str_t*>(ngx_array_push(&core->env));
    if (entry == nullptr) {
        throw std::bad_alloc();
    }
    *entry = kept;
    return value;
}

} // namespace

std::optional<wiped_string> read_source(const directive& from,
                                        std::string_view argument)
{
    if (starts_with(argument, "env:")) {
        return read_environment(from, argument.substr(4));
    }
    if (starts_with(argument, "file:")) {
        return read_small_file(from, argument.substr(5));
    }
    return std::nullopt;
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

realm_reference refer_to_realm(const directive& written, std::string_view name)
{
    return {copy(written.cf()->pool, name),
            copy(written.cf()->pool, written.name()),
            position_of(written.cf())};
}

} // namespace auth
