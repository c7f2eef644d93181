#pragma once

// What a directive's value may depend on besides its words. nginx has one kind
// of surroundings, ngx-auth-admin another: each says in its own words what to
// do about a file that cannot be read.

#include "base/wiped_string.h"

#include <string>
#include <string_view>

namespace auth {

/// The folders that relative paths belong to, as nginx has them.
enum class base_folder { configuration, prefix };

/// Used while a configuration is read, in that thread.
class surroundings
{
public:
    virtual ~surroundings() = default;

    /// The path as it is if it begins with "/", else below the folder.
    virtual std::string full_path(std::string_view path,
                                  base_folder base) const = 0;

    /// A whole small file, relative to the folder of the configuration,
    /// without the line ends after it. Throws setting_error.
    virtual wiped_string file(std::string_view path) const = 0;

    /// An environment variable. Throws setting_error if it is not set.
    virtual wiped_string variable(std::string_view name) const = 0;

    /// Tells whoever reads the log or the terminal; nothing is refused.
    virtual void warn(const std::string& text) const = 0;

protected:
    surroundings() = default;
    surroundings(const surroundings&) = default;
    surroundings& operator=(const surroundings&) = default;
};

/// The largest file that is read for a directive.
constexpr std::size_t largest_setting_file = 64 * 1024;

} // namespace auth
