#pragma once

#include <string_view>

namespace auth {

/// How hard a password is to guess.
struct password_strength {
    unsigned score = 0;      ///< 0 to 4, as zxcvbn's
    std::string_view reason; ///< what makes it easy ("it …"), or empty
};

/// Estimates the strength of valid UTF-8 by zxcvbn's matches (dictionary,
/// keyboard, sequence, repeat, date, the user name and its parts), from its
/// first characters: enough to see that it is strong, few enough to keep the
/// worst input at some 40 ms. Throws std::bad_alloc.
password_strength estimate_strength(std::string_view password,
                                    std::string_view username);

} // namespace auth
