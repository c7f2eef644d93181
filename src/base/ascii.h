#pragma once

#include <algorithm>
#include <string>
#include <string_view>

// Letters A to Z and nothing else, whatever the locale is.

namespace auth {

/// The small letter of a capital; every other byte stays.
constexpr char ascii_lower(char letter) noexcept
{
    return letter >= 'A' && letter <= 'Z'
               ? static_cast<char>(letter - 'A' + 'a')
               : letter;
}

/// The text with small letters for capitals.
inline std::string to_ascii_lower(std::string_view text)
{
    std::string folded(text);
    std::transform(folded.begin(), folded.end(), folded.begin(), ascii_lower);
    return folded;
}

/// Whether two texts are equal but for the case of A to Z.
inline bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept
{
    return std::equal(
        a.begin(), a.end(), b.begin(), b.end(),
        [](char x, char y) { return ascii_lower(x) == ascii_lower(y); });
}

} // namespace auth
