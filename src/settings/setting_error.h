#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace auth {

/// A mistake in a configuration; what() says what to write instead.
class setting_error : public std::runtime_error
{
public:
    /// A mistake in the directive that is being read.
    explicit setting_error(const std::string& message)
        : std::runtime_error(message)
    {}
    /// A mistake that shows only after the directive has been read.
    setting_error(const std::string& message, std::string_view directive)
        : std::runtime_error(message), directive_(directive)
    {}

    /// The directive to look at; empty: the one that is being read.
    const std::string& directive() const noexcept { return directive_; }

private:
    std::string directive_;
};

} // namespace auth
