#pragma once

#include "base/text.h"

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>

namespace auth {

/// Reads a stored hash from its start. Each step returns whether the text
/// fitted.
class text_reader
{
public:
    explicit text_reader(std::string_view text) noexcept : rest_(text) {}

    bool at_end() const noexcept { return rest_.empty(); }

    bool literal(std::string_view expected) noexcept
    {
        return take_prefix(rest_, expected);
    }

    /// A number over 0 without sign, space or leading zeros.
    bool number(std::uint32_t& value) noexcept
    {
        if (rest_.empty() || rest_.front() == '0') {
            return false;
        }
        const char* begin = rest_.data();
        auto end = std::from_chars(begin, begin + rest_.size(), value);
        if (end.ec != std::errc()) {
            return false;
        }
        rest_.remove_prefix(static_cast<std::size_t>(end.ptr - begin));
        return true;
    }

    /// Takes the text before the next `$`, or the rest.
    std::string_view field() noexcept { return until("$"); }

    /// Takes the text before the next of these characters.
    std::string_view until(std::string_view ends) noexcept
    {
        std::string_view taken = rest_.substr(0, rest_.find_first_of(ends));
        rest_.remove_prefix(taken.size());
        return taken;
    }

private:
    std::string_view rest_;
};

} // namespace auth
