#pragma once

// What the setters of directives share: their arguments as C++ values, and
// errors as exceptions that end as one line with file and line number.

#include "nginx/configuration_error.h"
#include "nginx/ngx.h"
#include "nginx/realm.h"

#include "base/wiped_string.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace auth {

/// A directive that is being read.
class directive
{
public:
    explicit directive(ngx_conf_t* cf) noexcept : cf_(cf) {}

    ngx_conf_t* cf() const noexcept { return cf_; }
    std::string_view name() const noexcept { return (*this)[0]; }
    /// The name and the arguments.
    std::size_t size() const noexcept { return cf_->args->nelts; }
    std::string_view operator[](std::size_t i) const noexcept
    {
        return view(text(i));
    }
    ngx_str_t& text(std::size_t i) const noexcept
    {
        return static_cast<ngx_str_t*>(cf_->args->elts)[i];
    }

    /// `invalid value "…" in "name" directive, it must be <expected>`.
    [[noreturn]] void refuse(std::string_view value,
                             std::string_view expected) const;

    std::uint64_t number(std::string_view value, std::uint64_t least,
                         std::uint64_t most) const;
    /// A size as nginx writes them (512k, 10m), in bytes.
    std::size_t size_in_bytes(std::string_view value) const;
    /// A time as nginx writes them (30m, 12h), in milliseconds, over 0.
    std::uint64_t milliseconds(std::string_view value) const;

private:
    ngx_conf_t* cf_;
};

struct realm_reference;

/// The realm that a directive being read names; without a name the only one.
realm_reference refer_to_realm(const directive& written, std::string_view name);

inline bool starts_with(std::string_view text, std::string_view start) noexcept
{
    return text.substr(0, start.size()) == start;
}

/// If `argument` is `key=value`, sets `value` and returns true.
bool parameter(std::string_view argument, std::string_view key,
               std::string_view& value) noexcept;

/// A whole small file without trailing line ends; relative to nginx's
/// configuration folder. Throws configuration_error.
wiped_string read_small_file(const directive& from, std::string_view path);

/// What an argument `env:NAME` or `file:PATH` stands for; nothing if it is none
/// of these. A variable is kept for the next binary, too: at an upgrade the new
/// master gets only what `env` names. Throws configuration_error.
std::optional<wiped_string> read_source(const directive& from,
                                        std::string_view argument);

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

/// Wraps a setter of a directive inside auth_realm, which may stand once.
enum class may_stand { once, repeatedly };
template <void (*Set)(directive, realm&), may_stand Often = may_stand::once>
char* realm_setter(ngx_conf_t* cf, ngx_command_t*, void* conf) noexcept
{
    return reporting_mistakes(cf, [&] {
        const directive written(cf);
        auto& to = *static_cast<realm*>(conf);
        const bool first =
            to.written.emplace(written.name(), position_of(cf)).second;
        if (!first && Often == may_stand::once) {
            throw configuration_error(quoted(written.name()) +
                                      " directive is duplicate");
        }
        Set(written, to);
    });
}

} // namespace auth
