#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

// Text is cut up here. Whatever is returned points into what was given.

namespace auth {

inline bool starts_with(std::string_view text, std::string_view start) noexcept
{
    return text.substr(0, start.size()) == start;
}

inline bool ends_with(std::string_view text, std::string_view end) noexcept
{
    return text.size() >= end.size() &&
           text.substr(text.size() - end.size()) == end;
}

/// Takes `prefix` off the front; false, and nothing taken, if it is not there.
inline bool take_prefix(std::string_view& text,
                        std::string_view prefix) noexcept
{
    if (!starts_with(text, prefix)) {
        return false;
    }
    text.remove_prefix(prefix.size());
    return true;
}

/// Takes what stands before the first of `separators`, or all that is there,
/// off the front of `text`, and the separator with it.
inline std::string_view take_part(std::string_view& text,
                                  std::string_view separators) noexcept
{
    const std::string_view part =
        text.substr(0, separators.size() == 1 ? text.find(separators.front())
                                              : text.find_first_of(separators));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return part;
}

/// All parts between separators, the empty ones too: one more than there are
/// separators. Throws std::bad_alloc.
inline std::vector<std::string_view> split(std::string_view text,
                                           std::string_view separators)
{
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t before = text.size();
        const std::string_view part = take_part(text, separators);
        parts.push_back(part);
        if (part.size() == before) {
            return parts;
        }
    }
}

/// Without the `blanks` at both ends.
inline std::string_view trim(std::string_view text,
                             std::string_view blanks) noexcept
{
    text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
    return text.substr(0, text.find_last_not_of(blanks) + 1);
}

} // namespace auth
