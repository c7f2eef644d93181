#pragma once

#include "base/secret.h"

#include <string>
#include <string_view>

namespace auth {

/// Rules for new passwords. Lengths are in code points. `strength` is one of
/// zxcvbn's scores, 0 to 4; 0 turns the estimate off.
struct password_policy {
    unsigned min = 8;
    unsigned max = 128;
    unsigned strength = 2;
};

// Each of these functions returns what to tell the person, in one or two
// sentences, or an empty string if the password is accepted.

/// Normalises a typed password to form C, and checks everything except its
/// strength, which costs little.
std::string read_new_password(secret& password, const password_policy& policy);

/// Checks the strength of a password that read_new_password() accepts. It costs
/// as much as a hash (up to 65 ms), so call it in a stage that has a permit for
/// one.
std::string check_strength(std::string_view password, std::string_view username,
                           const password_policy& policy);

/// Does both, for a password that normalize_nfc() has returned.
std::string check_new_password(std::string_view password,
                               std::string_view username,
                               const password_policy& policy);

} // namespace auth
