#pragma once

#include <string_view>

namespace auth {

/// How hard it is to guess a password.
struct password_strength {
    unsigned score = 0;      ///< zxcvbn's score, 0 to 4
    std::string_view reason; ///< what makes it easy ("it …"), or empty
};

/// Estimates the strength of a password in valid UTF-8 by zxcvbn's matches:
/// dictionary, keyboard, sequence, repeat, date, the user name and its parts.
/// It reads the first characters only. They are enough to see that a password
/// is strong, and the worst input takes some 40 ms. Throws std::bad_alloc.
password_strength estimate_strength(std::string_view password,
                                    std::string_view username);

} // namespace auth
