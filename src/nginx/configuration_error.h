#pragma once

// Mistakes in the configuration, and where they stand.

#include "nginx/ngx.h"

#include "settings/setting_error.h"

#include <optional>
#include <string>

namespace auth {

/// The place of a directive, for errors that show long after it was read.
struct source_position {
    ngx_str_t file;
    ngx_uint_t line;
};

/// The place of the directive that nginx reads now.
inline source_position position_of(const ngx_conf_t* cf) noexcept
{
    return {cf->conf_file->file.name, cf->conf_file->line};
}

/// A mistake in the configuration; what() says what to write instead.
class configuration_error : public setting_error
{
public:
    /// A mistake in the directive that is being read.
    explicit configuration_error(const std::string& message)
        : setting_error(message)
    {}
    /// A mistake that shows only after the line it is in has been read.
    configuration_error(const std::string& message, source_position at)
        : setting_error(message), at_(at)
    {}
    const std::optional<source_position>& at() const noexcept { return at_; }

private:
    std::optional<source_position> at_;
};

} // namespace auth
